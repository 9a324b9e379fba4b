import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, makeClock, parseDuration } from './time.ts';

describe('nominal clock', () => {
  it('runs at its rate and never fires early', async () => {
    const clock = makeClock(50);
    const from = clock.now();
    await clock.sleep(500);
    assert.ok(clock.now() - from >= 500);
    const order: number[] = [];
    await Promise.all(
      [60, 20, 40].map(
        (ms) => new Promise<void>((resolve) => clock.after(ms, () => resolve(void order.push(ms)))),
      ),
    );
    assert.deepEqual(order, [20, 40, 60]);
  });

  it('waits for longer than a timer of Node can be', () => {
    const setTimer = globalThis.setTimeout;
    const asked: (number | undefined)[] = [];
    globalThis.setTimeout = ((fn: () => void, ms?: number) => {
      asked.push(ms);
      return setTimer(fn, 60_000);
    }) as typeof setTimeout;
    try {
      makeClock(0.01).after(9_999_999 * 3_600_000, () => {})();
    } finally {
      globalThis.setTimeout = setTimer;
    }
    assert.deepEqual(asked, [2 ** 31 - 1]);
  });

  it('a sleep ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const sleeping = makeClock().sleep(60_000, controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(sleeping, /enough/);
    await assert.rejects(makeClock().sleep(1, AbortSignal.abort(new Error('before'))), /before/);
  });

  it('refuses rates that make no sense', () => {
    for (const rate of [0, -1, Number.NaN, 1e9]) assert.throws(() => makeClock(rate), { code: 'USAGE' });
  });

  it('reads durations and nothing else', () => {
    assert.equal(parseDuration('400 ms'), 400);
    assert.equal(parseDuration('1.5 min'), 90_000);
    assert.equal(parseDuration('20s'), 20_000);
    for (const text of ['', '20', 'ms', '-1 s', '1 day', '1e3 s'])
      assert.equal(parseDuration(text), undefined, text);
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseDuration(text);
      }),
    );
    assert.equal(formatDuration(185_000), '3 min 05 s');
  });
});
