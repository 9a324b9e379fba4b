import { join } from 'node:path';
import { isRigError } from '../../model/errors.ts';
import { JOURNAL_FILE } from '../journal.ts';
import { kindOf, sha256Of } from './files.ts';
import { factsOf, type RunFacts, toHex } from './statement.ts';

/** Something that is not as it was sealed, and where: a file of the bag or run, with the line if it is one of text. */
export interface Damage {
  readonly place: string;
  readonly what: string;
}

export const CHANGED = 'it is not as it was written: its SHA-256 differs';

/** SHA-256 of a file of the evidence, or what is wrong with it: evidence is plain files, and nothing is followed out of it. */
export async function digestIn(folder: string, path: string): Promise<{ sha256: string } | { what: string }> {
  const kind = await kindOf(join(folder, path));
  if (kind === 'other') return { what: 'it is no plain file: a link, a folder, a pipe or a device' };
  const sha256 = kind === 'file' ? await sha256Of(join(folder, path)).catch(() => undefined) : undefined;
  return sha256 === undefined ? { what: 'it is missing or cannot be read' } : { sha256 };
}

/**
 * The facts of a journal in a folder; damage of it is added with its line as place, below `prefix`. Undefined when it
 * cannot be read to its end.
 */
export async function readFacts(
  folder: string,
  prefix: string,
  damage: Damage[],
): Promise<RunFacts | undefined> {
  if ((await kindOf(join(folder, JOURNAL_FILE))) === 'other') {
    damage.push({
      place: `${prefix}${JOURNAL_FILE}`,
      what: 'it is no plain file: a link, a folder, a pipe or a device',
    });
    return undefined;
  }
  try {
    return await factsOf(folder);
  } catch (thrown) {
    if (!isRigError(thrown)) throw thrown;
    const line = /:(\d+)$/.exec(thrown.at ?? '')?.[1];
    damage.push({
      place: `${prefix}${JOURNAL_FILE}${line === undefined ? '' : `:${line}`}`,
      // The place stands before the sentence already.
      what: thrown.message.replace(` (${thrown.at ?? ''}).`, ''),
    });
    return undefined;
  }
}

/** What is wrong when a chain does not end with the head that was asked for. */
export const headDamage = (facts: RunFacts, head: string | undefined, place: string): readonly Damage[] =>
  head === undefined || (facts.head !== undefined && toHex(facts.head) === head.toLowerCase())
    ? []
    : [
        {
          place,
          what: `its chain ends with ${facts.head ? toHex(facts.head) : 'nothing'}, not with the head that was asked for`,
        },
      ];

/** Damage without repetitions: that a file differs says nothing more when it is told how, or in which line. */
export function exact(damage: readonly Damage[]): readonly Damage[] {
  const told = new Set(
    damage.filter(({ what }) => what !== CHANGED).map(({ place }) => place.replace(/:\d+$/, '')),
  );
  const seen = new Set<string>();
  return damage.filter(({ place, what }) => {
    const key = `${place} ${what}`;
    if (seen.has(key) || (what === CHANGED && told.has(place))) return false;
    seen.add(key);
    return true;
  });
}
