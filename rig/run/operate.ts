import type { OperationName } from '../bench/profile.ts';
import { RigError } from '../model/errors.ts';
import { followToIdle } from './idle.ts';
import { type Entry, KeypadHand, type OperationResult } from './keypad-hand.ts';
import { quote, type ScreenWatch, type SeenScreen } from './screen-watch.ts';
import { need, type Stage, walletOf } from './stage.ts';

/** The hand that works this bench. Throws PLANE_MISSING when it has no keypad. */
export function handOn(stage: Stage, watch: ScreenWatch): KeypadHand {
  const { profile, clock, recorder, open } = stage;
  return new KeypadHand({
    keypad: need(stage, 'keypad'),
    card: open.planes.card,
    // A scenario that needs keys may stand between others on a bench without a till; the rest has been skipped by then.
    till: stage.by === 'till' ? open.planes.till : undefined,
    currency: stage.bench.currency,
    watch,
    display: open.planes.display,
    wallet: walletOf(open.planes),
    profile,
    clock,
    recorder,
  });
}

/**
 * Enters one operation by hand, takes the finger off the keys and follows the terminal back to idle. Errors: those of the
 * hand; TERMINAL_STATE when idle does not come.
 */
export async function operate(
  stage: Stage,
  watch: ScreenWatch,
  operation: OperationName,
  entry: Entry,
): Promise<{ readonly result: OperationResult; readonly idle: SeenScreen }> {
  const { profile, clock, open } = stage;
  const result = await handOn(stage, watch).perform(operation, entry);
  await open.planes.keypad?.park();
  const idle = await followToIdle({ planes: open.planes, profile, watch, clock });
  if (idle) return { result, idle };
  throw new RigError(
    'TERMINAL_STATE',
    'terminal',
    `after ${operation} (${result.outcome}) the terminal does not come back to idle; it shows ${quote(watch.current)}`,
  );
}
