import { type Dialect, toDialogueMessage } from '../codec/iso8583/index.ts';
import { isSound, type Outcome, readInput, severalFrames } from './decode-frames.ts';
import { type Travel, travelling } from './decode-framing.ts';
import type { Understanding } from './decode-input.ts';
import { dialectNames, loadDialect } from './dialect.ts';

/** More than this is not tried in all dialects, bytes. */
const MOST_BYTES = 64 * 1024;
/** The longest thing in front of a message that is looked behind, bytes. */
const LONGEST_FRONT = 256;

const isSmall = (inputs: readonly Understanding[]): boolean =>
  inputs.every(({ pieces }) => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) <= MOST_BYTES);

/**
 * Another shipped dialect in which all of the input is messages without a fault; of several the one that knows what they
 * mean, and in whose own framing they are.
 */
export function otherDialect(
  inputs: readonly Understanding[],
  not: string,
  travel: Travel,
): { readonly name: string; readonly outcome: Outcome } | undefined {
  if (!isSmall(inputs)) return undefined;
  const found = dialectNames()
    .filter((name) => name !== not)
    .map((name) => ({ name, outcome: readInput(inputs, loadDialect(name), travel) }))
    .filter(({ outcome }) => isSound(outcome));
  return found.sort((a, b) => strangeness(a.outcome) - strangeness(b.outcome))[0];
}

function strangeness({ placed }: Outcome): number {
  const unknown = placed.filter(
    ({ dialect, message }) => toDialogueMessage(dialect, message).kind === 'other',
  ).length;
  return unknown * 10 + placed.reduce((sum, { notes }) => sum + notes.length, 0);
}

/** Bytes in front of a message of the dialect, or of another shipped one, that is whole behind them. */
export function behindFront(
  inputs: readonly Understanding[],
  dialect: Dialect,
): { readonly skip: number; readonly dialect: Dialect } | undefined {
  if (!isSmall(inputs)) return undefined;
  const dialects = [
    dialect,
    ...dialectNames()
      .map(loadDialect)
      .filter(({ id }) => id !== dialect.id),
  ];
  for (const { pieces } of inputs) {
    const bytes = pieces[0]?.bytes;
    if (!bytes || pieces.length > 1) continue;
    for (const candidate of dialects) {
      const bare = travelling(candidate, { length: 'none', tpdu: false, header: false });
      for (let skip = 1; skip <= Math.min(LONGEST_FRONT, bytes.length - 12); skip++) {
        const outcome = severalFrames(bare, bytes, skip);
        if (isSound(outcome) && outcome.placed.length === 1 && strangeness(outcome) === 0) {
          return { skip, dialect: candidate };
        }
      }
    }
  }
  return undefined;
}
