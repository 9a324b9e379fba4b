import { heldBack } from '../bench/self-test.ts';
import { RigError } from '../model/errors.ts';
import type { Step } from '../scenario/scenario.ts';
import { powerUp } from './idle.ts';
import { ScreenWatch } from './screen-watch.ts';
import { need, type Stage } from './stage.ts';
import type { Done } from './step.ts';

/** An interrupt that lies in wait. */
export interface Strike {
  /** Resolves when power is back and the terminal is idle; rejects when the interrupt never struck. */
  done(instead: string): Promise<Done>;
  dispose(): Promise<void>;
  /** It has struck, or is about to. */
  struck(): boolean;
}

/**
 * Prepares the step's power cut: it strikes when the screen shows what the scenario names. For a cut at an approval the
 * printer is held busy beforehand, so that the power is gone before the first line of the slip, however late the rig
 * reacts.
 */
export async function prepareInterrupt(
  stage: Stage,
  step: Step,
  watch: ScreenWatch,
  interrupted: AbortController,
  signal: AbortSignal,
): Promise<Strike | undefined> {
  const { interrupt } = step;
  // Cancel is pressed by the hand that answers the screens.
  if (interrupt?.do !== 'power-cut') return undefined;
  const { clock, open, profile } = stage;
  const power = need(stage, 'power');
  let release =
    interrupt.at === 'approved' && open.planes.printer ? await heldBack(open.planes.printer) : undefined;
  const letGo = async () => {
    const held = release;
    release = undefined;
    await held?.();
  };
  let struck: Promise<Done> | undefined;
  const unsubscribe = watch.onScreen((screen) => {
    if (struck || (screen.id !== interrupt.at && screen.outcome !== interrupt.at)) return;
    struck = (async () => {
      const at = clock.now();
      await power.set('off');
      interrupted.abort(new RigError('CANCELLED', 'rig', 'the power was cut, as the scenario says'));
      await letGo();
      await open.planes.card?.remove();
      await clock.sleep(interrupt.offMs, signal);
      const fresh = new ScreenWatch(need(stage, 'display'), profile, clock, signal);
      try {
        await powerUp({ planes: open.planes, profile, watch: fresh, clock });
      } finally {
        fresh.close();
      }
      return { outcome: 'interrupted', endedAt: at };
    })();
    // The failure is delivered by `done`; until then nobody listens.
    struck.catch(() => undefined);
  });
  return {
    struck: () => struck !== undefined,
    done: async (instead) => {
      if (struck) return struck;
      throw new RigError(
        'TERMINAL_SCREEN',
        'terminal',
        `the power was to be cut at "${interrupt.at}", which the terminal never showed; ${instead}`,
      );
    },
    dispose: async () => {
      unsubscribe();
      await letGo();
    },
  };
}
