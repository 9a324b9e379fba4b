import { type TestCard, track2Of } from '../model/card.ts';
import type { Pattern } from './automaton.ts';

/** Digits of an account number that may be shown: the first six and the last four (PCI DSS 3.4.1). */
const shownFirst = (pan: string) => (pan.length > 12 ? 6 : 0);
const SHOWN_LAST = 4;

const bitsOfText = (text: string) =>
  [...Buffer.from(text, 'latin1')].map((byte) => byte.toString(2).padStart(8, '0')).join('');
const bitsOfBcd = (digits: string) =>
  [...digits].map((digit) => Number(digit).toString(2).padStart(4, '0')).join('');

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The characters that an account number determines wholly inside base64, for each of the three ways its bits can fall
 * on the six-bit boundaries. `unit` = bits a digit.
 */
function base64Forms(bits: string, unit: number, pan: string): readonly Pattern[] {
  const first = shownFirst(pan) * unit;
  const last = bits.length - SHOWN_LAST * unit;
  return [0, 2, 4].map((skipped) => {
    let symbols = '';
    let from = -1;
    let to = 0;
    for (let bit = skipped; bit + 6 <= bits.length; bit += 6) {
      const hidden = bit + 6 > first && bit < last;
      if (hidden && from < 0) from = symbols.length;
      symbols += BASE64[Number.parseInt(bits.slice(bit, bit + 6), 2)] ?? '';
      if (hidden) to = symbols.length;
    }
    return { symbols, from: Math.max(0, from), to, kind: 'base64' as const };
  });
}

/** ISO 9564-1 clear PIN blocks as 16 hex digits: the PIN field of format 0, formats 0 and 2, as far as they are fixed. */
function pinBlocks(card: TestCard): readonly string[] {
  const length = card.pin.length.toString(16).toUpperCase();
  const field = (control: string) => `${control}${length}${card.pin}`.padEnd(16, 'F');
  const account = `0000${card.pan.slice(-13, -1)}`;
  const xor = [...field('0')]
    .map((nibble, i) => (Number.parseInt(nibble, 16) ^ Number(account[i])).toString(16).toUpperCase())
    .join('');
  return [field('0'), xor, field('2')];
}

const asciiHex = (text: string) => Buffer.from(text, 'latin1').toString('hex');

/** Everything of these cards that must not be seen in text (and in bytes read as text). */
export function textPatterns(cards: readonly TestCard[]): readonly Pattern[] {
  return cards.flatMap((card): readonly Pattern[] => {
    const { pan, pin } = card;
    const from = shownFirst(pan);
    const to = pan.length - SHOWN_LAST;
    return [
      { symbols: pan, from, to, kind: 'pan' },
      { symbols: asciiHex(pan), from: from * 2, to: to * 2, kind: 'hex' },
      ...base64Forms(bitsOfText(pan), 8, pan),
      ...base64Forms(bitsOfBcd(pan), 4, pan),
      { symbols: pin, from: 0, to: pin.length, kind: 'pin' },
      ...pinBlocks(card).flatMap((block): readonly Pattern[] => [
        { symbols: block, from: 2, to: 16, kind: 'pin-block' },
        { symbols: block.toLowerCase(), from: 2, to: 16, kind: 'pin-block' },
      ]),
    ];
  });
}

/**
 * What track encryption leaves in clear of an account number: UnionPay encrypts the eight bytes that end one byte before
 * the end of the packed track, which may begin inside a long number.
 */
function openings(card: TestCard): readonly string[] {
  const clear = Math.ceil(track2Of(card).length / 2) * 2 - 2 - 16;
  return clear < card.pan.length ? [card.pan.slice(0, clear)] : [];
}

/** What must not be seen in half bytes: BCD account numbers at any alignment, and clear PIN blocks. */
export function nibblePatterns(cards: readonly TestCard[]): readonly Pattern[] {
  return cards.flatMap((card): readonly Pattern[] => [
    { symbols: card.pan, from: shownFirst(card.pan), to: card.pan.length - SHOWN_LAST, kind: 'pan' },
    ...openings(card).map(
      (symbols): Pattern => ({
        symbols,
        from: shownFirst(card.pan),
        to: Math.min(symbols.length, card.pan.length - SHOWN_LAST),
        kind: 'pan',
      }),
    ),
    ...pinBlocks(card).map(
      (block): Pattern => ({ symbols: block.toLowerCase(), from: 2, to: 16, kind: 'pin-block' }),
    ),
  ]);
}
