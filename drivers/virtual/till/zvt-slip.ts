import type { ReceiptRun } from '../../../rig/model/receipt.ts';
import { decodeEscPos } from '../../codec/escpos/decoder.ts';
import { type PrintedLine, printBlocks, printLines } from '../../codec/zvt/print.ts';
import type { Registration } from './zvt-registration.ts';

/** Printable dots of the paper for which the terminal sets its slips. */
const WIDTH = 384;
/** Half-width characters of such paper. */
const COLUMNS = 32;
/** Tag 1F07. */
const KINDS: readonly (readonly [shows: RegExp, kind: number])[] = [
  [/MERCHANT COPY|商户存根/, 1],
  [/CARDHOLDER COPY|持卡人存根/, 2],
];
const ADMINISTRATION = 3;

/** A slip, as the terminal's printer would have it, as the lines of each receipt on it; what is centred has blanks before it. */
export const slipLines = (slip: Uint8Array): { text: string; wide?: 2; high?: 2 }[][] =>
  decodeEscPos(slip, { charset: 'gb18030', width: WIDTH }).receipts.map(({ runs, width }) =>
    linesOf(runs, width).map(({ text, align, ...look }) => {
      const free = align === 'centre' ? Math.floor((COLUMNS / (look.wide ?? 1) - text.length) / 2) : 0;
      return { text: `${' '.repeat(Math.max(0, free))}${text}`, ...look };
    }),
  );

/** A slip, as the terminal's printer would have it, as messages to a till that prints. */
export function slipMessages(slip: Uint8Array, { paper, texts }: Registration): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (const { runs, width } of decodeEscPos(slip, { charset: 'gb18030', width: WIDTH }).receipts) {
    const lines = linesOf(runs, width);
    const kind = KINDS.find(([shows]) => lines.some(({ text }) => shows.test(text)))?.[1] ?? ADMINISTRATION;
    messages.push(...(paper === 'blocks' ? printBlocks(lines, kind, texts) : printLines(lines, texts)));
  }
  return messages;
}

/** Runs of one height on the paper are a line; what is large or stands in the middle is said so. */
function linesOf(runs: readonly ReceiptRun[], width: number): PrintedLine[] {
  const rows = new Map<number, ReceiptRun[]>();
  for (const run of runs) rows.set(run.y, [...(rows.get(run.y) ?? []), run]);
  return [...rows.values()].map((row) => {
    const [first] = row;
    const left = first?.x ?? 0;
    const right = width - Math.max(...row.map((run) => run.x + run.width));
    const centred = left > 0 && Math.abs(left - right) <= 24;
    return {
      text: row.map(({ text }) => text).join(''),
      ...(first && first.scaleX > 1 ? { wide: 2 as const } : {}),
      ...(first && first.scaleY > 1 ? { high: 2 as const } : {}),
      ...(centred ? { align: 'centre' as const } : {}),
    };
  });
}
