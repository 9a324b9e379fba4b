import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeypadPlane } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { makeContext } from '../../devices/testing/context.ts';
import { listRecorder } from '../../transport/testing/pty.ts';
import { counted } from './counted.ts';
import { addToWear, estimatedPresses, readWear, wearFile } from './log.ts';

/** A recorder of its own. */
function fresh() {
  const recorder = listRecorder();
  return { recorder, events: recorder.events };
}

describe('keypad wear', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posrig-wear-'));
    file = wearFile({ id: 'desk', file: join(folder, 'desk.yaml') });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const keypad = (press: KeypadPlane['press'] = async () => ({ dwellMs: 80 })): KeypadPlane => ({
    facts: {},
    press,
    park: async () => {},
    close: async () => {},
  });
  const shared = makeContext();
  const contextHere = () => ({
    ...shared,
    ...fresh(),
    bench: { id: 'desk', file: join(folder, 'desk.yaml') },
  });

  it('counts over the life of a bench, run after run', async () => {
    for (let run = 0; run < 3; run++) {
      const hand = counted(keypad(), undefined, contextHere());
      for (const key of ['1', '1', 'enter']) await hand.press(key);
      await hand.close();
    }
    const wear = readWear(file);
    assert.equal(wear.keys.get('1')?.presses, 6);
    assert.equal(wear.keys.get('enter')?.presses, 3);
    assert.equal(counted(keypad(), undefined, contextHere()).facts['presses'], '9');
  });

  it('never writes which digits a PIN had', async () => {
    const hand = counted(keypad(), undefined, contextHere());
    for (const digit of '7391') await hand.press(digit, { secret: true });
    await hand.press('enter');
    await hand.close();
    const [line] = readFileSync(file, 'utf8').trim().split('\n');
    assert.deepEqual({ ...JSON.parse(line ?? ''), at: '' }, { at: '', presses: { enter: 1 }, secret: 4 });
    assert.equal(estimatedPresses(readWear(file), '5', [...'0123456789']), 1, 'each digit may have been one');
  });

  it('warns when a key reaches its limit, and at every opening from then on', async () => {
    const context = contextHere();
    const hand = counted(keypad(), { limit: 3 }, context);
    const warnings = () => context.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    await hand.press('5');
    await hand.press('5');
    assert.deepEqual(warnings(), []);
    await hand.press('5');
    assert.equal(warnings().length, 1);
    assert.match(warnings()[0] ?? '', /key 5 has been pressed 3 times, its limit is 3/);
    await hand.press('5');
    assert.equal(warnings().length, 1, 'once');
    await hand.close();
    counted(keypad(), { limit: 3 }, context);
    assert.equal(warnings().length, 2);
  });

  it('counts a press that failed, but not a key that does not exist', async () => {
    const failing = (code: 'KEYPAD_POSITION' | 'KEYPAD_UNKNOWN_KEY') =>
      counted(
        keypad(async () => {
          throw new RigError(code, 'bench', 'no');
        }),
        undefined,
        contextHere(),
      );
    for (const code of ['KEYPAD_POSITION', 'KEYPAD_UNKNOWN_KEY'] as const) {
      const hand = failing(code);
      await assert.rejects(hand.press('1'));
      await hand.close();
    }
    assert.equal(readWear(file).keys.get('1')?.presses, 1);
  });

  it('passes over a line that was cut short, and loses no other', () => {
    addToWear(file, { at: '2026-11-22T10:00:00.000Z', presses: { '1': 5 } });
    appendFileSync(file, '{"at":"2026-11-22T10:0');
    addToWear(file, { at: '2026-11-22T11:00:00.000Z', presses: { '1': 2 } });
    assert.equal(readWear(file).keys.get('1')?.presses, 7);
    addToWear(file, { at: '2026-11-22T12:00:00.000Z', replaced: ['1'], by: 'wang' });
    assert.deepEqual(readWear(file).keys.get('1'), {
      presses: 0,
      last: '2026-11-22T12:00:00.000Z',
      replaced: '2026-11-22T12:00:00.000Z',
    });
  });

  it('a disk that takes nothing costs a warning, never a press', async () => {
    mkdirSync(file, { recursive: true }); // a folder in its place
    const context = contextHere();
    const hand = counted(keypad(), undefined, context);
    for (let i = 0; i < 120; i++) await hand.press('1');
    await hand.close();
    assert.equal(context.events.filter((event) => event.type === 'note').length, 1);
  });

  it('keeps the counters of a shipped bench out of the package', () => {
    const where = wearFile({ id: 'virtual', file: packaged('drivers/virtual/bench.yaml') });
    assert.ok(!where.startsWith(packaged('')), where);
  });
});
