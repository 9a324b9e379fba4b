import type { ArmedFault } from '../bench/planes.ts';
import type { Fault, FaultProof } from '../model/fault.ts';
import type { Finding } from '../model/verdict.ts';
import type { Step } from '../scenario/scenario.ts';
import { need, type Stage } from './stage.ts';

/**
 * The faults of one scenario: armed with their step, healed when they are due, and proved at the end. A fault that was not
 * provably in force makes the scenario inconclusive.
 */
export class ScenarioFaults {
  readonly #stage: Stage;
  readonly #armed: { readonly step: Step; readonly asked: Fault; readonly fault: ArmedFault }[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Heals what was to last until the next step, then arms the step's own faults in their order. */
  async arm(step: Step): Promise<readonly ArmedFault[]> {
    for (const { asked, fault } of this.#armed) if (asked.heal === 'next-step') await fault.heal();
    const armed: ArmedFault[] = [];
    for (const asked of step.faults) {
      const fault = await need(this.#stage, 'network').arm(asked);
      this.#armed.push({ step, asked, fault });
      armed.push(fault);
    }
    return armed;
  }

  /** Makes the path whole again; idempotent. */
  async healAll(): Promise<void> {
    for (const { fault } of this.#armed) await fault.heal();
  }

  /** A finding for every fault that was not provably in force. */
  findings(): Finding[] {
    return this.#armed.flatMap(({ step, asked, fault }) => {
      const proof = fault.proof();
      if (proof.state === 'in-force') return [];
      return [
        {
          verdict: 'inconclusive',
          blame: 'bench',
          code: 'NETWORK_FAULT',
          reason: `the fault of step ${step.number} (${proof.fault.do} at ${proof.fault.at}) was ${proof.state === 'unknown' ? 'not provably' : 'not'} in force: ${proof.summary}`,
          hint: hintFor(asked, proof),
        } satisfies Finding,
      ];
    });
  }
}

/** What to look at when a fault was not as asked. */
function hintFor({ heal }: Fault, { trigger, strikes }: FaultProof): string {
  if (trigger === undefined && !strikes)
    return 'The message that should set it off may never have been sent; look at the messages of the step.';
  const outlast = ' One that is to outlast its step needs another heal than next-step.';
  return `What was done, byte by byte, stands in its proof.${heal === 'next-step' ? outlast : ''}`;
}
