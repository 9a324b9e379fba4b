import type { CapturedSlip } from '../bench/planes.ts';
import { legibleDigits } from '../model/mask-policy.ts';

/** How much of one card number the copies of a transaction show together, and where. */
export interface DigitsTogether {
  readonly first: number;
  readonly last: number;
  /** Where digits stand outside the field of the card number, by slip. */
  readonly loose: ReadonlyMap<CapturedSlip, readonly number[]>;
}

/** So many digits from the start of a number tell that it is one: the shortest identification of an issuer. */
const START_MIN = 6;
/** The longest identification of an issuer, ISO/IEC 7812-1: anybody may print it. */
const ISSUER_MAX = 8;
/** So many digits of the end are no coincidence; zeros before them count for nothing, as sequence numbers have them. */
const END_MIN = 7;
/** Lengths of card numbers, ISO/IEC 7812-1 and schemes in use. */
const [PAN_MIN, PAN_MAX] = [13, 19];

/**
 * Digits of the card number over all copies of one transaction: those that the field of the card number shows, and those
 * that stand anywhere else on the paper, labelled as something else or not at all. One copy may show the first digits and
 * another the rest.
 * @param pan the number of the card used; undefined where nobody knows it: then two pieces are taken for its halves when
 *   they continue what the field shows at both ends, and their check digit is right
 */
export function digitsTogether(slips: readonly CapturedSlip[], pan: string | undefined): DigitsTogether {
  let [first, last] = [0, 0];
  for (const { fields } of slips) {
    const legible = legibleDigits(fields['pan'] ?? '');
    first = Math.max(first, legible?.first.length ?? 0);
    last = Math.max(last, legible?.last.length ?? 0);
  }
  const loose = new Map<CapturedSlip, number[]>();
  const note = (slip: CapturedSlip, line: number) => loose.set(slip, [...(loose.get(slip) ?? []), line]);
  const pieces = slips.flatMap((slip) => piecesOf(slip));
  if (pan !== undefined) {
    // What is as long as the number is that number, or another.
    const shorter = pieces.filter(({ digits }) => digits.length < pan.length);
    const heads = shorter.map((piece) => ({ ...piece, length: lengthFromStart(piece.digits, pan) }));
    const start = Math.max(first, ...heads.map(({ length }) => length));
    const tails = shorter
      .map((piece) => ({ ...piece, length: lengthToEnd(piece.digits, pan) }))
      .filter(({ slip, digits, length }) => {
        const significant = digits.slice(digits.length - length).replace(/^0+/, '').length;
        const completes = length === digits.length && start >= START_MIN && start + length >= pan.length;
        return length > last && (significant >= END_MIN || (completes && !isValue(slip, digits)));
      });
    for (const { slip, line, length } of tails) {
      last = Math.max(last, length);
      note(slip, line);
    }
    for (const { slip, line, length } of heads) {
      const completed = tails.some((tail) => length >= START_MIN && length + tail.length >= pan.length);
      if (length <= ISSUER_MAX && !completed) continue;
      first = Math.max(first, length);
      note(slip, line);
    }
    return { first, last, loose };
  }
  const [start, end] = endsShown(slips);
  if (start.length < 6 || end.length < 4) return { first, last, loose };
  const tails = pieces.filter(
    ({ slip, digits }) =>
      digits.endsWith(end) &&
      digits.length > end.length &&
      (digits.replace(/^0+/, '').length >= END_MIN || !isValue(slip, digits)),
  );
  for (const head of pieces) {
    if (!head.digits.startsWith(start) || head.digits.length <= start.length) continue;
    for (const tail of tails) {
      const whole = head.digits + tail.digits;
      if (head === tail || whole.length < PAN_MIN || whole.length > PAN_MAX || !isLuhn(whole)) continue;
      first = Math.max(first, head.digits.length);
      last = Math.max(last, tail.digits.length);
      note(head.slip, head.line);
      note(tail.slip, tail.line);
    }
  }
  return { first, last, loose };
}

interface Piece {
  readonly slip: CapturedSlip;
  readonly line: number;
  readonly digits: string;
}

/** More of a slip is not searched. */
const PIECES_MAX = 2000;

/** Numbers that stand on a slip: digits in one, or in groups with a single blank, hyphen or dot between them. */
function piecesOf(slip: CapturedSlip): Piece[] {
  const inField = new Set(slip.fieldLines?.['pan'] ?? []);
  const found: Piece[] = [];
  for (const [line, text] of slip.lines.slice(0, PIECES_MAX).entries()) {
    const plain = text.slice(0, 500).normalize('NFKC');
    // The field of the card number is counted as such.
    const own = inField.has(line) ? (slip.fields['pan'] ?? '').normalize('NFKC') : '';
    const rest = own === '' ? plain : plain.replace(own, (value) => '|'.repeat(value.length));
    for (const [group] of rest.matchAll(/\d(?:[ .·-]?\d)*/gu)) {
      found.push({ slip, line, digits: group.replace(/\D/g, '') });
      for (const [one] of group.matchAll(/\d+/g))
        if (one.length < group.length) found.push({ slip, line, digits: one });
    }
    if (found.length > PIECES_MAX) break;
  }
  return found;
}

/** How many digits of a number's start stand somewhere in these digits. */
function lengthFromStart(digits: string, pan: string): number {
  let longest = 0;
  const start = pan.slice(0, START_MIN);
  for (let at = digits.indexOf(start); at >= 0; at = digits.indexOf(start, at + 1)) {
    let length = start.length;
    while (length < pan.length && digits[at + length] === pan[length]) length++;
    longest = Math.max(longest, length);
  }
  return longest;
}

/** How many digits of a number's end these digits end with. */
function lengthToEnd(digits: string, pan: string): number {
  let length = 0;
  while (length < pan.length && length < digits.length && digits.at(-1 - length) === pan.at(-1 - length))
    length++;
  return length;
}

/** Whether digits are those of another field's value: a sequence number of many zeros ends like many cards. */
const isValue = ({ fields }: CapturedSlip, digits: string): boolean =>
  Object.entries(fields).some(
    ([name, value]) => name !== 'pan' && value.normalize('NFKC').replace(/\D/g, '').includes(digits),
  );

/** The longest ends that any copy shows in the field of the card number. */
function endsShown(slips: readonly CapturedSlip[]): readonly [string, string] {
  let [start, end] = ['', ''];
  for (const { fields } of slips) {
    const legible = legibleDigits(fields['pan'] ?? '');
    if (!legible?.hides) continue;
    if (legible.first.length > start.length) start = legible.first;
    if (legible.last.length > end.length) end = legible.last;
  }
  return [start, end];
}

/** ISO/IEC 7812-1, annex B: the check digit. */
function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.at(-1 - i));
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}
