import { openSerial } from '../../transport/serial.ts';
import type { Tee } from '../../transport/tee.ts';

const QUIET: Tee = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };
/** A controller that resets when its port is opened greets within this, wall ms. */
const GREETING_WALL_MS = 2500;
const ANSWER_WALL_MS = 800;
const LIMIT = 8192;

/**
 * Asks what hangs on a serial port: the identity of a fixture that speaks lines (`posrig-card`), `grbl` for a motion
 * controller, undefined for anything else. Bytes are sent: a terminal may take them for input, so nobody is asked without
 * being told to.
 */
export async function identify(path: string, baud = 115_200): Promise<string | undefined> {
  const port = await openSerial({ path, baud, what: 'port that is probed' }, QUIET);
  let heard = '';
  let wake = () => {};
  port.onData((chunk) => {
    heard = (heard + Buffer.from(chunk).toString('latin1')).slice(-LIMIT);
    wake();
  });
  /** Listens until what was heard says enough, or the time is up. */
  const listen = async (wallMs: number): Promise<string | undefined> => {
    const until = performance.now() + wallMs;
    for (;;) {
      const found = identityIn(heard);
      const left = until - performance.now();
      if (found !== undefined || left <= 0 || !port.alive) return found;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const ask = async (line: string, wallMs: number) => {
    await port.write(new TextEncoder().encode(line));
    return listen(wallMs);
  };
  try {
    return (
      (await ask('\nid?\n', ANSWER_WALL_MS)) ??
      (await listen(GREETING_WALL_MS)) ??
      (await ask('\n$I\n', ANSWER_WALL_MS)) ??
      (await ask('M115\n', ANSWER_WALL_MS))
    );
  } catch {
    return undefined; // it went while it was asked
  } finally {
    await port.close();
  }
}

/** What a device says of itself in what was heard. */
export function identityIn(heard: string): string | undefined {
  const fixture = /(?:^|\n)id ([a-z0-9-]+) \S/.exec(heard)?.[1];
  if (fixture) return fixture;
  return /(?:^|\n)(?:Grbl|GrblHAL|\[VER:|FIRMWARE_NAME:)/i.test(heard) ? 'grbl' : undefined;
}
