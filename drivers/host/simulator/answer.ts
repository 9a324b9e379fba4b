import type { DecodedMessage } from '../../codec/iso8583/index.ts';
import type { Request } from './request.ts';

/** What the host answers, before it becomes a message. */
export interface Answer {
  /** F39. */
  readonly code: string;
  /** Fields beyond those that every answer has; these win. */
  readonly fields?: Readonly<Record<string, string | Uint8Array>>;
  /** Text for the remarks area of the slip, F63. */
  readonly text?: string;
  readonly rrn: string;
  /** F38; only of an approval. */
  readonly authCode?: string;
}

export interface Stamp {
  /** hhmmss */
  readonly time: string;
  /** MMDD */
  readonly date: string;
  /** F32 */
  readonly acquirer: string;
}

/** The MTI of the response to a request: its function digit plus one, `0200` → `0210`. */
export const responseMti = (mti: string): string =>
  mti.slice(0, 2) + String(Number(mti[2]) + 1) + mti.slice(3);

/** The TPDU of an answer goes where the request came from: destination and origin swapped. */
export const swapTpdu = (tpdu: string): string =>
  tpdu.length === 10 ? tpdu.slice(0, 2) + tpdu.slice(6, 10) + tpdu.slice(2, 6) : tpdu;

const FINANCIAL: readonly string[] = ['sale', 'void', 'refund', 'reversal'];

/** The answer as a message, without its MAC. */
export function responseTo(
  request: Request,
  answer: Answer,
  stamp: Stamp,
): Pick<DecodedMessage, 'mti' | 'tpdu' | 'header'> & {
  readonly fields: Record<string, string | Uint8Array>;
} {
  const { message, rule, card, pan } = request;
  const financial = FINANCIAL.includes(request.kind);
  const fields: Record<string, string | Uint8Array> = {};
  for (const id of rule?.echo ?? ['11', '41', '42', '60']) {
    const value = message.fields[id];
    if (value !== undefined) fields[id] = value;
  }
  if (financial && pan !== '') fields['2'] = pan;
  Object.assign(fields, {
    '12': stamp.time,
    '13': stamp.date,
    '32': stamp.acquirer,
    '37': answer.rrn,
    '39': answer.code,
  });
  if (financial || request.kind === 'settlement') fields['15'] = stamp.date;
  if (answer.authCode !== undefined) {
    fields['38'] = answer.authCode;
    // Issuer and acquirer, eleven characters each.
    fields['44'] = (card?.issuer ?? '').slice(0, 11).padEnd(11) + stamp.acquirer.padEnd(11);
  }
  if (answer.authCode !== undefined || answer.text) {
    fields['63'] = (card?.scheme ?? '').slice(0, 3).padEnd(3) + (answer.text ?? '');
  }
  Object.assign(fields, answer.fields);
  return {
    mti: rule?.response ?? responseMti(message.mti),
    tpdu: swapTpdu(message.tpdu),
    header: message.header,
    fields,
  };
}
