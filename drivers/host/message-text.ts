import stringWidth from 'string-width';
import type { DialogueMessage, MessageField } from '../../rig/model/message.ts';
import { formatMoney } from '../../rig/model/money.ts';

/** One line for a message: `0200 sale request, STAN 000001, batch 000001, terminal 30001001, CNY 128.50`. */
export function headline(message: DialogueMessage): string {
  const { mti, kind, of, direction, stan, batch, terminal, amount, code } = message;
  return [
    `${mti} ${kind}${of ? ` of a ${of}` : ''} ${direction}`,
    ...(stan ? [`STAN ${stan}`] : []),
    ...(batch ? [`batch ${batch}`] : []),
    ...(terminal ? [`terminal ${printable(terminal)}`] : []),
    ...(amount ? [formatMoney(amount)] : []),
    ...(code ? [`code ${printable(code)}`] : []),
  ].join(', ');
}

/** The fields, one a line: offset, length, number, name, value, meaning. `base` is the offset of the message. */
export function fieldLines(fields: readonly MessageField[], base = 0): string {
  const rows = fields.map(({ id, name, value, offset, length, meaning }) => [
    offset === undefined ? '' : String(base + offset).padStart(5),
    length === undefined ? '' : String(length).padStart(4),
    id.includes('.') ? `  ${id}` : id,
    printable(name),
    printable(value) + (meaning ? `  (${meaning})` : ''),
  ]);
  const widths = [0, 1, 2, 3].map((i) => Math.max(0, ...rows.map((row) => stringWidth(row[i] ?? ''))));
  return rows
    .map((row) =>
      row.map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - stringWidth(cell)))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n');
}

/** What stands in a message must not steer the console: control characters are shown as escapes. */
const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
