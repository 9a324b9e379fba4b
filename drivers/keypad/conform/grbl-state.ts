import { REALTIME } from '../../codec/grbl/commands.ts';
import { type Found, skipped } from './case.ts';
import { Silence, type Talk } from './talk.ts';

/** How long a controller may take to restart, wall ms. */
export const RESTART_MS = 10_000;
const RESET = Uint8Array.of(REALTIME.reset);

/** Resets it and waits for the greeting. */
export async function restart(talk: Talk): Promise<string> {
  await talk.send(RESET);
  return talk.line('the greeting after a reset', (response) => response.kind === 'banner', RESTART_MS);
}

/** What `ask` heard; undefined when it waited in vain, and the controller has been reset for it. */
export async function orSilence<T>(talk: Talk, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Silence)) throw error;
    await restart(talk);
    return undefined;
  }
}

/** Whether homing is on ($22; a number of flags on grblHAL, of which the lowest counts). */
export const isHoming = (found: Found): boolean => (Number(found.settings.get(22) ?? 0) & 1) === 1;

/** Unlocks a controller that boots locked; g-code is refused otherwise. `$X` moves nothing. */
export async function unlock(talk: Talk, found: Found): Promise<boolean> {
  const { state } = await talk.status();
  if (state === 'Alarm') {
    const { answers } = await talk.exchange('$X\n');
    found.unlocked = answers.length === 1 && answers[0] === 'ok';
  } else found.unlocked = true;
  return found.unlocked;
}

/** What comes of a case that needs an unlocked controller, when there is none. */
export const LOCKED = skipped('it stays locked until it has homed; --allow-motion homes it');
