import { z } from 'zod';
import type { CardUse } from '../../rig/bench/manifest.ts';
import type { CardPlane, DriverContext } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { Codes } from './codes/options.ts';
import { cardsOfCodes, testCodes, withCodes } from './codes/with-codes.ts';

/** Options of the driver `codes` in a bench file. */
export const options = z.strictObject({ codes: Codes });
export type OnlyCodesOptions = z.infer<typeof options>;
export const cards = ({ codes }: OnlyCodesOptions): readonly CardUse[] => cardsOfCodes(codes);

/** A card plane without cards: payment codes alone are shown to the terminal. Errors: those of what shows them. */
export function open({ codes }: OnlyCodesOptions, context: DriverContext): Promise<CardPlane> {
  const none = (card: string) =>
    Promise.reject(
      new RigError('CARD_UNKNOWN', 'file', `"${card}" is no code: this bench presents no cards`, {
        hint: 'Use a card actuator, a multiplexer or a person, with the same `codes`.',
      }),
    );
  return withCodes(
    {
      facts: {},
      cards: new Map(),
      insert: none,
      swipe: none,
      tap: none,
      remove: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    codes,
    context,
  );
}

/** Tries what shows the codes. */
export const selfTest = async (plane: CardPlane): Promise<string> => (await testCodes(plane)) ?? 'no codes';
