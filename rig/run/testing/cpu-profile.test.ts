import assert from 'node:assert/strict';
import { type Profile, shares } from './cpu-profile.ts';

describe('shares of a CPU profile', () => {
  it('give work to its innermost owner, and count neither waiting nor what lies before and behind the scenarios', () => {
    const frame = (functionName: string, url = '') => ({ functionName, url });
    const profile: Profile = {
      nodes: [
        { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 7] },
        { id: 2, callFrame: frame('(idle)') },
        { id: 3, callFrame: frame('load', 'file:///x/dist/rig/cli/main.js') },
        { id: 4, callFrame: frame('press', 'file:///x/dist/rig/run/keypad-hand.js'), children: [5] },
        { id: 5, callFrame: frame('print', 'file:///x/dist/drivers/printer/slip.js'), children: [6] },
        { id: 6, callFrame: frame('record', 'file:///x/dist/rig/journal/journal.js'), children: [8] },
        { id: 7, callFrame: frame('(garbage collector)') },
        { id: 8, callFrame: frame('writeBuffer') },
      ],
      samples: [3, 4, 5, 2, 8, 7, 4, 3],
      timeDeltas: [0, 9000, 10, 20, 5000, 30, 40, 0],
    };
    // Each sample lasts until the next one: 10 µs of the hand, 20 of the printer, 30 of the journal, 40 of collecting.
    assert.deepEqual(
      shares(profile).map(({ what, share }) => [what.split(':')[0], Math.round(share * 100)]),
      [
        ['garbage collection', 40],
        ['journal', 30],
        ['printer', 20],
        ['steps, expectations, books', 10],
      ],
    );
  });
});
