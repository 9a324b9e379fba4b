import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../journal/index.ts';
import { makeClock } from '../model/time.ts';
import type { Verdict } from '../model/verdict.ts';
import { updateGolden } from './update-golden.ts';

const NEW = Buffer.from('89504e470d0a1a0a01', 'hex');

describe('posrig run --update-golden', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-golden-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let runs = 0;

  /** A run in which one slip was compared with the picture `file`. */
  async function runWith(file: string, verdict: Verdict, forbidden: readonly string[] = []): Promise<string> {
    const run = join(folder, `run-${++runs}`);
    const journal = openJournal(run, { clock: makeClock(1), cards: [] });
    journal.setScenario('REC-007');
    journal.record({ type: 'step.start', step: 1, action: 'sale', title: 'sale' });
    const slip = { copy: 'merchant', duplicate: false, fields: {}, lines: [], at: 0, artefacts: [] } as const;
    journal.record({ type: 'receipt', slip, width: 384, height: 100, forbidden });
    const picture = journal.attach('golden', 'image/png', NEW).id;
    const difference = journal.attach('difference', 'image/png', Buffer.from('89504e47', 'hex')).id;
    journal.record({
      type: 'expectation',
      step: 1,
      path: 'steps[0].expect.receipt.image.merchant',
      expected: 'the same',
      observed: 'line 3: 20 dots differ, 0 may',
      verdict,
      ...(verdict === 'passed'
        ? {}
        : {
            paper: {
              copy: 'merchant',
              source: 'printer',
              lines: [],
              picture: difference,
              golden: { file, picture },
            },
          }),
    });
    await journal.close();
    return run;
  }

  async function update(run: string, answer?: string) {
    let told = '';
    const out = {
      write(text: string) {
        told += text;
      },
    };
    const ask = async (question: string) => {
      told += question;
      return answer ?? '';
    };
    const written = await updateGolden(run, answer === undefined ? { out } : { out, ask });
    return { written, told };
  }

  it('shows the difference first, then keeps the new picture', async () => {
    const file = join(folder, 'new/golden.png');
    const { written, told } = await update(await runWith(file, 'failed'));
    assert.equal(written, 1);
    assert.deepEqual(readFileSync(file), NEW);
    assert.match(
      told,
      /REC-007 step 1, merchant copy: line 3: 20 dots differ[\s\S]*the difference: .*\.png[\s\S]*golden.png written/,
    );
  });
  it('asks where somebody is there to answer, and takes nothing but a yes', async () => {
    const file = join(folder, 'asked.png');
    for (const answer of ['', 'n', 'nay', 'yesterday']) {
      assert.equal((await update(await runWith(file, 'failed'), answer)).written, 0);
      assert.ok(!existsSync(file));
    }
    const { written, told } = await update(await runWith(file, 'inconclusive'), ' Y ');
    assert.equal(written, 1);
    assert.ok(told.indexOf('the difference') < told.indexOf('[y/N]'));
    assert.ok(existsSync(file));
  });
  it('never keeps a slip with card data in clear', async () => {
    const file = join(folder, 'clear.png');
    const { written, told } = await update(await runWith(file, 'failed', ['pan']), 'y');
    assert.equal(written, 0);
    assert.match(told, /stays as it is: the slip shows pan/);
    assert.ok(!existsSync(file));
  });
  it('says that all is as it was', async () => {
    const { written, told } = await update(await runWith('none.png', 'passed'));
    assert.equal(written, 0);
    assert.match(told, /as this run printed it/);
  });
});
