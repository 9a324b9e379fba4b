import assert from 'node:assert/strict';
import type { Profile } from '../bench/profile.ts';
import { RigError } from '../model/errors.ts';
import { makeClock } from '../model/time.ts';
import { type Noise, stalledAltogether, stallThatCounts, unlessStalled } from './noise.ts';
import { GRACE_WALL_MS } from './screen-watch.ts';

const profile = { timers: { response: '60s' } } as unknown as Profile;

describe('noise of this machine', () => {
  it('never adds up to a stall on a machine in order, however long a step takes', () => {
    assert.equal(stalledAltogether(0, Number.NaN), 0);
    // An hour, each look a fifth of a millisecond late.
    assert.equal(stalledAltogether(360_000, 10.2), 0);
  });

  it('adds up where every look is late', () => {
    assert.equal(stalledAltogether(100, 21), 1000);
    assert.ok(stalledAltogether(100, 21) * 60 > stallThatCounts(profile));
  });

  describe('behind a terminal that was waited for in vain', () => {
    const stuck = new RigError('TERMINAL_STATE', 'terminal', 'it does not come back to idle');
    const noise = (longest: number, total: number, watched: number): Noise => ({
      longest: () => longest,
      total: () => total,
      watched: () => watched,
      stop: () => {},
    });
    const judged = (rate: number, of: Noise, error = stuck) =>
      unlessStalled(error, of, { clock: makeClock(rate), profile });

    it('leaves the terminal with it where the wait allows for what the machine did', () => {
      assert.equal(judged(1, noise(14_000, 20_000, 60_000)), stuck);
      assert.equal(judged(60, noise(60 * GRACE_WALL_MS - 1, 60 * GRACE_WALL_MS - 1, 100_000)), stuck);
      assert.equal(unlessStalled(stuck, undefined, { clock: makeClock(), profile }), stuck);
    });

    it('leaves open whose it is after one long stall, or when half of the time was stalls', () => {
      for (const error of [
        judged(1, noise(29_000, 30_000, 100_000)),
        judged(1, noise(2000, 50_000, 99_000)),
        judged(60, noise(60 * GRACE_WALL_MS, 0, 1e6)),
      ]) {
        assert.equal(error.code, 'MACHINE_STALLED');
        assert.equal(error.blame, 'rig');
        assert.match(error.message, /does not come back to idle \(this machine stalled for /);
      }
    });

    it('changes nothing about what no wait has made', () => {
      const card = new RigError('CARD_UNKNOWN', 'bench', 'a foreign card');
      assert.equal(judged(1, noise(1e6, 1e6, 1e6), card), card);
      const unsupported = new RigError('TERMINAL_UNSUPPORTED', 'terminal', 'no refunds');
      assert.equal(judged(1, noise(1e6, 1e6, 1e6), unsupported), unsupported);
    });
  });
});
