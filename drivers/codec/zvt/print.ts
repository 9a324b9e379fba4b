import iconv from 'iconv-lite';
import type { ZvtApdu, ZvtField } from './apdu.ts';
import { apdu, bmp, holding, tag } from './build.ts';
import { charsetOf } from './catalogue.ts';
import { find, readText } from './show.ts';

/**
 * Receipts over the till link: print lines (06 D1) and print text blocks (06 D3) as lines with a style, both ways
 * (PA00P015, chapters 3.5 and 3.6).
 */
export interface PrintedLine {
  readonly text: string;
  readonly wide?: 2;
  readonly high?: 2;
  readonly align?: 'centre';
}

/** What one message prints. */
export interface Printed {
  readonly lines: readonly PrintedLine[];
  /** The receipt ends here; what follows is another one. */
  readonly over: boolean;
  /** Tag 1F07: 1 merchant's, 2 customer's, 3 administration. */
  readonly kind?: number;
}

const LAST = 0x80;
const CENTRED = 0x40;
const WIDE = 0x20;
const HIGH = 0x10;
const INDENT = 0x0f;
const FEEDS = 0xff;
/** More line feeds than a page has are not printed. */
const FEEDS_MAX = 50;

/** Bit 80 alone is reserved; with any other it ends the receipt. */
const ends = (attribute: number): boolean => (attribute & LAST) !== 0 && attribute !== LAST;

function styled(text: string, attribute: number): PrintedLine {
  // In the form of the last line (1xxx xxxx) the lower bits are no style: makers send FF or 81.
  const style = (attribute & LAST) !== 0 ? 0 : attribute;
  return {
    text: style & CENTRED ? text : `${' '.repeat(style & INDENT)}${text}`,
    ...(style & WIDE ? { wide: 2 } : {}),
    ...(style & HIGH ? { high: 2 } : {}),
    ...(style & CENTRED ? { align: 'centre' } : {}),
  };
}

/** What a message prints; undefined for one that prints nothing. @param charset where the message names none */
export function printedBy(message: ZvtApdu, charset?: string): Printed | undefined {
  if (message.control === '06D1') return lineOf(message, charset);
  return message.control === '06D3' ? blockOf(message, charset) : undefined;
}

function lineOf({ fields }: ZvtApdu, charset: string | undefined): Printed {
  const attribute = fields.find(({ id }) => id === 'attribute')?.value[0] ?? 0;
  const bytes = fields.find(({ id }) => id === 'text')?.value ?? new Uint8Array(0);
  if (attribute === FEEDS) {
    // With a count it is so many line feeds, without one the end of the receipt.
    const feeds = Math.min(FEEDS_MAX, bytes[0] ?? 0);
    return { lines: Array.from({ length: feeds }, () => ({ text: '' })), over: bytes.length === 0 };
  }
  const line = styled(readText(bytes, charset), attribute);
  const over = ends(attribute);
  const kind = find(fields, '1F07')?.value[0];
  return { lines: over && line.text === '' ? [] : [line], over, ...(kind !== undefined && { kind }) };
}

function blockOf({ fields }: ZvtApdu, charset: string | undefined): Printed {
  const code = find(fields, '14')?.value[0];
  const told = (code === undefined ? undefined : charsetOf(code)) ?? charset;
  const kind = find(fields, '1F07')?.value[0];
  const lines: PrintedLine[] = [];
  let attribute = 0;
  let over = false;
  const walk = (some: readonly ZvtField[]) => {
    for (const field of some) {
      if (field.id === '09') {
        attribute = field.value[0] ?? 0;
        over ||= ends(attribute);
      } else if (field.id === '07') lines.push(styled(readText(field.value, told), attribute));
      else walk(field.children);
    }
  };
  walk(fields);
  return { lines, over, ...(kind !== undefined && { kind }) };
}

/** Character sets in which a terminal may send texts: the one that all have, and UTF-8. */
export type TextSet = 'cp437' | 'utf-8';

/** Characters that the set does not have are left out: a receipt in two languages keeps the one that can be written. */
function encoded(text: string, set: TextSet): Uint8Array {
  if (set === 'utf-8') return Buffer.from(text, 'utf8');
  const kept = [...text]
    .filter((char) => iconv.decode(iconv.encode(char, 'cp437'), 'cp437') === char)
    .join('');
  return iconv.encode(kept.trim() === '' ? '' : kept.trimEnd(), 'cp437');
}

const attributeOf = ({ wide, high, align }: PrintedLine): number =>
  (align === 'centre' ? CENTRED : 0) | (wide ? WIDE : 0) | (high ? HIGH : 0);

/** A receipt as print lines, the last of which ends it. */
export const printLines = (lines: readonly PrintedLine[], set: TextSet): Uint8Array[] => [
  ...lines.map((line) => apdu('06D1', Uint8Array.of(attributeOf(line)), encoded(line.text, set))),
  apdu('06D1', Uint8Array.of(LAST | 1)),
];

/** Longest line of a block, bytes. */
const BLOCK_BYTES = 600;

/** A receipt as text blocks, the last of which ends it. @param kind tag 1F07 */
export function printBlocks(lines: readonly PrintedLine[], kind: number, set: TextSet): Uint8Array[] {
  const blocks: Uint8Array[][] = [[]];
  let size = 0;
  let before = 0;
  for (const line of lines) {
    const attribute = attributeOf(line);
    const text = tag('07', encoded(line.text, set));
    if (size > 0 && size + text.length > BLOCK_BYTES) {
      blocks.push([]);
      [size, before] = [0, 0];
    }
    const block = blocks.at(-1);
    if (attribute !== before) block?.push(tag('09', attribute));
    before = attribute;
    block?.push(text);
    size += text.length;
  }
  blocks.at(-1)?.push(tag('09', LAST | 1));
  const charset = set === 'utf-8' ? [tag('14', 0xfe)] : [];
  return blocks.map((block) =>
    apdu('06D3', bmp('06', Buffer.concat([tag('1F07', kind), ...charset, holding('25', ...block)]))),
  );
}
