import assert from 'node:assert/strict';
import { readRun } from '../fold.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { dialogueOf, labelOf } from './dialogue.ts';

describe('the dialogue of a scenario', () => {
  it('shows a message seen at two places once, and what a fault swallowed as not delivered', async () => {
    const folder = await writeRun();
    const run = await readRun(folder);
    removeRun(folder);
    const [lost] = run.scenarios;
    assert.ok(lost);
    assert.deepEqual(
      dialogueOf(lost).map((exchanged) => [
        labelOf(exchanged, 'en'),
        exchanged.delivered,
        exchanged.fault?.id,
      ]),
      [
        ['0200 sale CNY 128.50 #000002', true, undefined],
        ['0210 code 00 #000002', false, 'f1'],
        ['0400 reversal of sale CNY 128.50 #000002', true, undefined],
        ['0410 code 00 #000002', true, undefined],
        ['0200 sale CNY 20.00 #000003', true, undefined],
        ['0210 code 00 #000003', true, undefined],
      ],
    );
    assert.deepEqual(dialogueOf(lost)[0]?.checks, { mac: 'ok', pin: 'ok' });
  });
});
