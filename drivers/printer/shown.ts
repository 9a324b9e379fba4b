import { resolve } from 'node:path';
import { loadCards, SHIPPED } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { compileForStreams, maskBytes } from '../../rig/journal/stream-masker.ts';
import type { TestCard } from '../../rig/model/card.ts';
import { legibleDigits } from '../../rig/model/mask-policy.ts';
import { packaged } from '../../rig/model/package-root.ts';
import type { Receipt } from '../../rig/model/receipt.ts';
import { maskReceipt } from './forbidden.ts';

const cardsIn = (file: string): readonly TestCard[] => valueOrThrow(loadCards(file)).value.cards;

export const shippedCards = (): readonly TestCard[] => cardsIn(packaged(SHIPPED.cards));

/**
 * The cards that ship and those of a file of the lab's own.
 * @param file a path, or `posrig:…` inside the package
 * @throws FILE_UNREADABLE, FILE_SYNTAX or FILE_INVALID
 */
export function knownCards(file: string | undefined): readonly TestCard[] {
  const shipped = shippedCards();
  if (file === undefined) return shipped;
  const known = new Set(shipped.map(({ pan }) => pan));
  const own = cardsIn(file.startsWith('posrig:') ? packaged(file.slice('posrig:'.length)) : resolve(file));
  return [...shipped, ...own.filter(({ pan }) => !known.has(pan))];
}

/** Receipts as a console may show them: data of these cards hidden. */
export function shownReceipts(receipts: readonly Receipt[], cards: readonly TestCard[]): readonly Receipt[] {
  const bytes = shownBytes(cards);
  return receipts.map((receipt) => ({
    ...maskReceipt(receipt, cards),
    unknown: bytes.unknown(receipt.unknown),
  }));
}

/** Bytes as a console may show them. */
export interface ShownBytes {
  /** As many bytes; digits of card numbers are asterisks. */
  bytes(content: Uint8Array): Uint8Array;
  unknown(pieces: Receipt['unknown']): Receipt['unknown'];
}

export function shownBytes(cards: readonly TestCard[]): ShownBytes {
  const compiled = compileForStreams(cards);
  const bytes = (content: Uint8Array) => maskBytes(compiled, content);
  /** Digits between control characters, each of them unknown by itself, stand in one number. */
  const unknown = (pieces: Receipt['unknown']): Receipt['unknown'] => {
    if (pieces.length === 0) return pieces;
    const masked = Buffer.from(bytes(Buffer.from(pieces.map(({ hex }) => hex).join(''), 'hex'))).toString(
      'hex',
    );
    let at = 0;
    return pieces.map((piece) => {
      const hex = masked.slice(at, at + piece.hex.length);
      at += piece.hex.length;
      return { ...piece, hex };
    });
  };
  return { bytes, unknown };
}

/** A number in full where the card number belongs is one, even if no card file knows it. */
export function clearNumber(printed: string | undefined): TestCard[] {
  const digits = legibleDigits(printed ?? '');
  if (!digits || digits.hides || !/^\d{12,19}$/.test(digits.last)) return [];
  return [{ ...UNKNOWN_CARD, pan: digits.last }];
}

/** A card of which nothing but the number is known; what else it says stands on no paper. */
const UNKNOWN_CARD: Omit<TestCard, 'pan'> = {
  id: 'unknown',
  title: { en: 'unknown card', zh: '未知卡' },
  scheme: '',
  expiry: '9999',
  sequence: '1',
  'service-code': '999',
  pin: '',
  entry: ['chip'],
  issuer: '',
  cvn: 10,
};
