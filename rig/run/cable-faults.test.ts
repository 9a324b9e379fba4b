import assert from 'node:assert/strict';
import type { ArmedTillFault, TillPlane } from '../bench/planes.ts';
import type { TillFault, TillFaultProof } from '../model/till-fault.ts';
import type { Step } from '../scenario/scenario.ts';
import { CableFaults, cableUnable } from './cable-faults.ts';
import type { ScreenWatch, SeenScreen } from './screen-watch.ts';
import type { Stage } from './stage.ts';

/** A till that notes what is done to its cable. */
function noted(state: TillFaultProof['state'] = 'in-force') {
  const done: string[] = [];
  const arm = (fault: TillFault): ArmedTillFault => {
    let struckAt: number | undefined;
    done.push(`arm ${fault.at}`);
    return {
      strike: () => {
        struckAt = 1;
        done.push(`strike ${fault.at}`);
      },
      heal: () => void done.push(`heal ${fault.at}`),
      proof: () => ({
        ...{ on: 'till', id: 'till-1', askedAt: 0, armedAt: 0 },
        fault,
        state,
        touched: 0,
        summary: 'so it was',
        ...(struckAt !== undefined && { struckAt }),
      }),
    };
  };
  const till = { arm } as Partial<TillPlane> as TillPlane;
  const stage = { open: { planes: { till } } } as unknown as Stage;
  const listeners: ((screen: SeenScreen) => void)[] = [];
  const watch = {
    onScreen: (listener: (screen: SeenScreen) => void) => {
      listeners.push(listener);
      return () => {};
    },
  } as Partial<ScreenWatch> as ScreenWatch;
  const show = (screen: Partial<SeenScreen>) => {
    for (const listener of listeners) listener(screen as SeenScreen);
  };
  return { done, watch, show, faults: new CableFaults(stage) };
}

const step = (number: number, ...cable: TillFault[]): Step => ({
  number,
  action: { do: 'sale', amount: '20.00' },
  faults: [],
  cable,
  expect: {},
});

describe("faults of the till's cable in a scenario", () => {
  it('strike at a screen, and end at another that comes after it', () => {
    const { done, watch, show, faults } = noted();
    faults.arm(step(1, { at: 'pin', do: 'cut', until: 'approved' }), watch);
    show({ outcome: 'approved' });
    assert.deepEqual(done, ['arm pin']);
    show({ id: 'pin' });
    show({ id: 'waiting' });
    assert.deepEqual(done, ['arm pin', 'strike pin']);
    show({ id: 'approved-1', outcome: 'approved' });
    assert.deepEqual(done, ['arm pin', 'strike pin', 'heal pin']);
  });

  it('last until the next step begins unless they say otherwise', () => {
    const { done, watch, faults } = noted();
    faults.arm(step(1, { at: 'result', do: 'cut' }, { at: 'till.byte(3)', do: 'cut', for: '5 s' }), watch);
    faults.arm(step(2, { at: 'result', do: 'late-ack', for: '4 s' }), watch);
    assert.deepEqual(done, ['arm result', 'arm till.byte(3)', 'heal result', 'arm result']);
    faults.arm(step(3), watch);
    assert.deepEqual(done.slice(4), ['heal result', 'heal result']);
  });

  for (const [state, words] of [
    ['not-in-force', 'was not in force'],
    ['unknown', 'was not provably in force'],
  ] as const)
    it(`make the scenario inconclusive when they were ${state}`, () => {
      const { watch, faults } = noted(state);
      faults.arm(step(4, { at: 'result', do: 'cut' }), watch);
      const [finding] = faults.findings();
      assert.equal(`${finding?.verdict} ${finding?.blame}`, 'inconclusive bench');
      assert.ok(finding?.reason.includes(`step 4 (cut at result) ${words}: so it was`), finding?.reason);
    });

  it('that were in force are no finding', () => {
    const { watch, faults } = noted();
    faults.arm(step(1, { at: 'result', do: 'cut' }), watch);
    assert.deepEqual(faults.findings(), []);
  });

  it('are a reason to skip where the cable cannot have them', () => {
    const nak: TillFault = { at: 'till.byte(3)', do: 'nak' };
    assert.equal(cableUnable(undefined, nak), undefined);
    assert.match(cableUnable({} as TillPlane, nak) ?? '', /cannot be made to fail/);
    const over = { arm: () => undefined, unable: () => 'over TCP' } as unknown as TillPlane;
    assert.equal(cableUnable(over, nak), 'over TCP');
  });
});
