import type { ArmedTillFault, TillPlane } from '../bench/planes.ts';
import { NEXT_STEP, pointOf, type TillFault } from '../model/till-fault.ts';
import type { Finding } from '../model/verdict.ts';
import type { Step } from '../scenario/scenario.ts';
import type { ScreenWatch } from './screen-watch.ts';
import { need, type Stage } from './stage.ts';

/** Why the cable of this bench's till cannot have a fault; undefined when it can, or when there is no till to have one. */
export function cableUnable(till: TillPlane | undefined, fault: TillFault): string | undefined {
  if (!till) return undefined;
  return till.arm ? till.unable?.(fault) : 'the cable of this till cannot be made to fail';
}

/**
 * Faults of the till's cable in one scenario: armed with their step, struck when what they wait for is seen at the terminal,
 * healed when they are due, and proved at the end. One that was not provably in force makes the scenario inconclusive.
 */
export class CableFaults {
  readonly #stage: Stage;
  readonly #armed: { readonly step: Step; readonly fault: TillFault; readonly armed: ArmedTillFault }[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Makes whole what was to last until now, then arms the step's own. `watch` sees the screens of the step. */
  arm(step: Step, watch: ScreenWatch): void {
    for (const { fault, armed } of this.#armed) if (lastsToNextStep(fault)) armed.heal();
    for (const fault of step.cable) {
      const armed = need(this.#stage, 'till').arm?.(fault);
      if (!armed) continue;
      this.#armed.push({ step, fault, armed });
    }
    watch.onScreen(({ id, outcome }) => {
      const shows = (event: string | undefined) => event !== undefined && (event === id || event === outcome);
      for (const { fault, armed } of this.#armed) {
        const point = pointOf(fault);
        // What ends it must be seen after it has struck.
        if (armed.proof().struckAt !== undefined && shows(fault.until)) armed.heal();
        if (point.on === 'screen' && shows(point.id)) armed.strike();
      }
    });
  }

  /** Makes the cable whole again; idempotent. */
  healAll(): void {
    for (const { armed } of this.#armed) armed.heal();
  }

  /** A finding for every fault that was not provably in force. */
  findings(): Finding[] {
    return this.#armed.flatMap(({ step, fault, armed }) => {
      const proof = armed.proof();
      if (proof.state === 'in-force') return [];
      return [
        {
          verdict: 'inconclusive',
          blame: 'bench',
          code: 'TILL_FAULT',
          reason: `the fault of the till's cable in step ${step.number} (${fault.do} at ${fault.at}) was ${proof.state === 'unknown' ? 'not provably' : 'not'} in force: ${proof.summary}`,
          hint: 'The till may never have come so far; look at the bytes of the till in the step.',
        } satisfies Finding,
      ];
    });
  }
}

const lastsToNextStep = (fault: TillFault): boolean =>
  fault.until === NEXT_STEP ||
  (fault.until === undefined && (fault.for === undefined || fault.do === 'late-ack'));
