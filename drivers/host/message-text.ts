import stringWidth from 'string-width';
import type { EventBody } from '../../rig/model/event.ts';
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

/** A message or a change of a line as text, for a console; undefined for events that are neither. */
export function eventText(wall: string, event: EventBody): string | undefined {
  const time = wall.slice(11, 19);
  if (event.type === 'link') {
    return `${time} ${event.stream} ${event.state}${event.detail ? `: ${printable(event.detail)}` : ''}`;
  }
  if (event.type !== 'message') return undefined;
  const arrow = event.message.direction === 'request' ? '→' : '←';
  const checks = Object.entries(event.checks ?? {}).map(([what, result]) => `${what} ${result}`);
  const notes = [...checks, ...(event.note ? [event.note] : [])];
  const head = `${time} ${event.connection} ${arrow} ${headline(event.message)}`;
  return `${head}${notes.length > 0 ? ` [${notes.join(', ')}]` : ''}\n${fieldLines(event.message.fields)}`;
}

/** What stands in a message must not steer the console: control characters are shown as escapes. */
const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
