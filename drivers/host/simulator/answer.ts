import {
  type DecodedMessage,
  type Dialect,
  encodeTlv,
  type FieldDefinition,
} from '../../codec/iso8583/index.ts';
import { codeIn, type ResponseCodes } from '../response-codes.ts';
import type { BusinessCalendar } from './calendar.ts';
import { BOOKED, ENQUIRIES } from './kinds.ts';
import type { Request } from './request.ts';

/** What the host answers, before it becomes a message. */
export interface Answer {
  /** F39 as the simulator decides it, two characters; the acquirer's table may have another code for it. */
  readonly code: string;
  /** Fields beyond those that every answer has; these win. */
  readonly fields?: Readonly<Record<string, string | Uint8Array>>;
  /** Text for the remarks area of the slip, F63. */
  readonly text?: string;
  readonly rrn: string;
  /** F38; only of an approval. */
  readonly authCode?: string;
  /** Processing requirement in the header: what the terminal is to do next. */
  readonly requirement?: number;
  /** EMV data objects for F55, of a chip transaction: issuer scripts (71, 72), issuer authentication (91). */
  readonly tags?: Readonly<Record<string, string>>;
  /** Further findings about the request, for the record. */
  readonly checks?: Readonly<Record<string, string>>;
}

/** A response before it is written: decoded form without its MAC. */
export type Response = Pick<DecodedMessage, 'mti' | 'tpdu' | 'header'> & {
  readonly fields: Record<string, string | Uint8Array>;
};

export interface Letterhead {
  readonly dialect: Dialect;
  readonly codes: ResponseCodes;
  readonly calendar: BusinessCalendar;
  /** F32 */
  readonly acquirer: string;
}

/** The MTI of the response to a request: its function digit plus one, no repeat: `0200` → `0210`, `0401` → `0410`. */
export const responseMti = (mti: string): string => `${mti.slice(0, 2)}${Number(mti[2]) + 1}0`;

/** The TPDU of an answer goes where the request came from: destination and origin swapped. */
export const swapTpdu = (tpdu: string): string =>
  tpdu.length === 10 ? tpdu.slice(0, 2) + tpdu.slice(6, 10) + tpdu.slice(2, 6) : tpdu;

/** The answer as a message, without its MAC, in whatever dialect it is: fields that the dialect lacks are left away. */
export function responseTo(request: Request, answer: Answer, letterhead: Letterhead): Response {
  const { dialect, codes, calendar, acquirer } = letterhead;
  const { message, rule, card, pan, kind } = request;
  const { dialogue } = dialect;
  const financial = BOOKED.includes(kind) || ENQUIRIES.includes(kind) || kind === 'reversal';
  const fields: Record<string, string | Uint8Array> = {};
  for (const id of rule?.echo ?? ['11', '41', '42', '60']) {
    const value = message.fields[id];
    if (value !== undefined) fields[id] = value;
  }
  if (financial && pan !== '') fields['2'] = pan;
  Object.assign(fields, {
    ...timeFields(dialect, calendar, request.at),
    '32': acquirer,
    [dialogue.rrn]: answer.rrn,
    [dialogue.code]: codeIn(codes, answer.code),
  });
  if (financial || kind === 'settlement') fields['15'] = dated(dialect.fields['15'], calendar);
  if (answer.authCode !== undefined) {
    fields[dialogue['auth-code']] = answer.authCode;
    // Issuer and acquirer, eleven characters each, where the dialect lays F44 out in this way.
    if (isComposite(dialect, '44')) {
      fields['44'] = (card?.issuer ?? '').slice(0, 11).padEnd(11) + acquirer.padEnd(11).slice(0, 11);
    }
  }
  const text = answer.text ?? '';
  if (financial && (answer.authCode !== undefined || text !== '')) {
    const scheme = isComposite(dialect, '63') ? (card?.scheme ?? '').slice(0, 3).padEnd(3) : '';
    const blanks = text === '' ? scheme : scheme.padEnd(beforeLastPart(dialect.fields['63']));
    const remarks = fitting(dialect.fields['63'], blanks + text);
    if (remarks !== '') fields['63'] = remarks;
  }
  // The chip is in the dialogue only when it has sent data of its own.
  if (answer.tags && message.fields['55'] !== undefined && dialect.fields['55']?.tlv) {
    fields['55'] = encodeTlv(Object.entries(answer.tags));
  }
  Object.assign(fields, answer.fields);
  const settled = fields['66'];
  if (settled !== undefined && dialect.fields['66']?.length !== 1) {
    // ISO 8583:1993 tells in the action code whether totals balance; its F66 is something else.
    delete fields['66'];
    const told = settled === '1' ? '500' : '501';
    if (codes.codes[told]) fields[dialogue.code] = told;
  }
  return {
    mti: rule && !request.message.mti.endsWith('1') ? rule.response : responseMti(message.mti),
    tpdu: swapTpdu(message.tpdu),
    header: withRequirement(dialect, message.header, answer.requirement),
    fields: known(dialect, fields),
  };
}

/** Units before the last part of a field's first layout: in F63 the scheme and what issuer and scheme have to say. */
const beforeLastPart = (field: FieldDefinition | undefined): number =>
  (field?.layouts[0]?.parts ?? []).slice(0, -1).reduce((sum, { length = 0 }) => sum + length, 0);

const isComposite = (dialect: Dialect, id: string) => (dialect.fields[id]?.layouts.length ?? 0) > 0;

/** ISO 8583:1987 has time in F12 and date in F13, 1993 both in F12. */
function timeFields(dialect: Dialect, calendar: BusinessCalendar, at: number): Record<string, string> {
  if (dialect.fields['12']?.length === 12)
    return { '12': calendar.shortYear + calendar.date + calendar.time(at) };
  return { '12': calendar.time(at), '13': calendar.date };
}

const dated = (field: FieldDefinition | undefined, calendar: BusinessCalendar): string =>
  field?.length === 6 ? calendar.shortYear + calendar.date : calendar.date;

/** Text as a field can hold it: what its character set lacks becomes `?`, what is too long is cut. */
function fitting(field: FieldDefinition | undefined, text: string): string {
  if (!field) return '';
  const max = field.max ?? field.length ?? 0;
  // A character of GB18030 may take four bytes; two are usual.
  if (field.charset === 'gb18030') return text.slice(0, Math.floor(max / 2));
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, max);
}

function known(
  dialect: Dialect,
  fields: Record<string, string | Uint8Array>,
): Record<string, string | Uint8Array> {
  return Object.fromEntries(Object.entries(fields).filter(([id]) => dialect.fields[id.split('.')[0] ?? '']));
}

/** The header of the request with another processing requirement; its place is where the dialect has that part. */
function withRequirement(dialect: Dialect, header: string, requirement: number | undefined): string {
  if (requirement === undefined) return header;
  let at = 0;
  for (const part of dialect.frame.header?.parts ?? []) {
    if (/processing requirement/i.test(part.name.en)) {
      return header.slice(0, at) + requirement + header.slice(at + 1);
    }
    at += part.length ?? 0;
  }
  return header;
}
