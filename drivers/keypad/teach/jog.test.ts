import assert from 'node:assert/strict';
import { isRigError } from '../../../rig/model/errors.ts';
import { DIALECT } from '../../codec/grbl/dialects.ts';
import type { GrblLink } from '../gantry/link.ts';
import { joggerOver } from './jog.ts';

/** A controller that goes wherever it is told. */
function obedient(home: { x: number; y: number; z: number }) {
  const sent: string[] = [];
  const at = { ...home };
  const link: Pick<GrblLink, 'dialect' | 'run' | 'whereabouts'> = {
    dialect: DIALECT.grbl,
    run: async (lines) => {
      for (const line of lines) {
        sent.push(line);
        for (const [, axis, mm] of line.matchAll(/([XYZ])([+-][\d.]+)/g)) {
          if (axis === 'X') at.x = Number(mm);
          if (axis === 'Y') at.y = Number(mm);
          if (axis === 'Z') at.z = Number(mm);
        }
      }
      return [];
    },
    whereabouts: async () => ({ state: 'Idle', position: { ...at }, inputs: '' }),
  };
  return { link: link as GrblLink, sent };
}

describe('teach: a finger that is led', () => {
  const HOME = { x: -101, y: -51, z: -1 };
  const SETUP = { 'keep-in': { x: [-170, -100], y: [-105, -50] }, 'travel-feed': 6000, lowest: -40 } as const;
  const refused = (why: RegExp) => (error: unknown) =>
    isRigError(error) && error.code === 'KEYPAD_POSITION' && why.test(error.message);

  it('sends nothing that the machine has no travel for: its controller would raise the alarm and end the lesson', async () => {
    const { link, sent } = obedient(HOME);
    const jogger = joggerOver(link, SETUP, HOME);
    await assert.rejects(
      jogger.to({ z: -41 }),
      refused(/below the travel of the machine, which ends at -40/),
    );
    await assert.rejects(jogger.dab(-40.5, 80), refused(/below the travel/));
    assert.equal(sent.length, 0);
    assert.equal((await jogger.to({ z: -40 })).z, -40);
  });

  it('sends nothing that leaves the box, and moves sideways at clearance height only', async () => {
    const { link, sent } = obedient(HOME);
    const jogger = joggerOver(link, SETUP, HOME);
    await assert.rejects(jogger.to({ x: -171 }), refused(/keep-in box/));
    assert.equal(sent.length, 0);
    await jogger.to({ z: -15 });
    sent.splice(0);
    await jogger.to({ x: -120 });
    assert.match(sent[0] ?? '', /Z-001\.000/, 'up first');
    assert.match(sent.find((line) => line.includes('X')) ?? '', /X-120\.000/);
  });
});
