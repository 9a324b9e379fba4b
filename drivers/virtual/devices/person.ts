import type { Clock } from '../../../rig/model/time.ts';
import type { Random } from '../random.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { type Port, Refusal, serveLines, unknownCommand } from './line-device.ts';

export interface PersonSetup {
  readonly name: string;
}

/** How long a person takes to find a key, and holds it, nominal ms. */
const FINDS_MS = { least: 400, spread: 600 } as const;
const HOLDS_MS = { least: 90, spread: 80 } as const;

/**
 * A person at a desk of their own beside the terminal, line protocol `posrig-desk 1`: reads what they are asked, does it
 * with their own finger, and says so. What they cannot make sense of they refuse.
 * @param keys names of the keys that the terminal has
 */
export function attachPerson(
  port: Port,
  { name }: PersonSetup,
  keys: readonly string[],
  terminal: Pick<TerminalBody, 'keyDown' | 'keyUp'>,
  clock: Clock,
  random: Random,
): void {
  const about = ({ least, spread }: { readonly least: number; readonly spread: number }) =>
    least + spread * random.next();
  serveLines(
    port,
    async ([command, ...words]) => {
      if (command === 'id?') return 'id posrig-desk 1';
      if (command !== 'ask') throw unknownCommand(command);
      const key = keyAsked(words.join(' '));
      if (key === undefined || !keys.includes(key))
        return `said ${JSON.stringify({ by: name, text: 'no, what do you mean?', refused: true })}`;
      await clock.sleep(about(FINDS_MS));
      terminal.keyDown(key);
      await clock.sleep(about(HOLDS_MS));
      terminal.keyUp(key);
      return `said ${JSON.stringify({ by: name })}`;
    },
    MOST_ASKED,
  );
}

/** Longest question, characters. */
const MOST_ASKED = 1200;

function keyAsked(json: string): string | undefined {
  try {
    const { act } = JSON.parse(json) as { readonly act?: { readonly press?: unknown } };
    return typeof act?.press === 'string' ? act.press : undefined;
  } catch {
    throw new Refusal('question not understood');
  }
}
