import { z } from 'zod';
import { cardKey } from './cryptogram.ts';

/** Test master keys of card issuers, as they stand in key files under `issuer-keys`. */
export const IssuerKey = z.strictObject({
  issuer: z
    .string()
    .regex(/^(\*|\d{1,11})$/, 'expected an issuer id of the card file, or "*"')
    .describe('issuer id as the card file says it, or "*": every other issuer'),
  'ac-key': z
    .string()
    .regex(/^[0-9A-Fa-f]{32}$/, 'expected a key of 16 bytes as hex')
    .describe('master key for application cryptograms, 16 bytes as hex'),
  derivation: z
    .enum(['A', 'B'])
    .default('A')
    .describe(
      'how card keys follow from it (EMV Book 2 annex A1.4); B differs for numbers of more than 16 digits',
    ),
});
export type IssuerKey = z.infer<typeof IssuerKey>;

/** What the key of a card follows from. */
export interface KeyedCard {
  readonly pan: string;
  readonly issuer: string;
  /** One to three digits; the last two count. */
  readonly sequence: string;
}

/** The key of one card under the first entry for its issuer, else under that for every issuer; undefined without either. */
export function cardKeyUnder(keys: readonly IssuerKey[], card: KeyedCard): Uint8Array | undefined {
  const found =
    keys.find(({ issuer }) => issuer === card.issuer) ?? keys.find(({ issuer }) => issuer === '*');
  if (!found) return undefined;
  const sequence = card.sequence.padStart(2, '0').slice(-2);
  return cardKey(Buffer.from(found['ac-key'], 'hex'), card.pan, sequence, found.derivation);
}
