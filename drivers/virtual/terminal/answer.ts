import { type DecodedMessage, type Dialect, decodeMessage, verifyMac } from '../../codec/iso8583/index.ts';
import type { Defects } from './defects.ts';
import type { Request } from './messages.ts';
import type { ResponseTexts } from './response-texts.ts';

/** What came back for a request: an authentic answer, or one whose MAC is wrong or missing. */
export type Answer =
  | { readonly type: 'answer'; readonly code: string; readonly message: DecodedMessage }
  | { readonly type: 'mac-error' };

export interface Judge {
  readonly dialect: Dialect;
  readonly texts: ResponseTexts;
  readonly defects: Defects;
  readonly mak: Uint8Array | undefined;
}

/** `0200` → `0210`, `0320` → `0330`. */
export const responseTo = (mti: string): string =>
  `${mti.slice(0, 2)}${Number(mti.charAt(2)) + 1}${mti.slice(3)}`;

/**
 * Whether a frame is the answer to `request`: MTI, STAN and terminal id must be its own, else it is no answer at all
 * (undefined) and the terminal goes on waiting; a frame that does not decode is none either. Then the MAC decides.
 */
export function judgeFrame(judge: Judge, request: Request, frame: Uint8Array): Answer | undefined {
  const { dialect, texts, defects, mak } = judge;
  let message: DecodedMessage;
  try {
    message = decodeMessage(dialect, frame, { blame: 'acquirer' });
  } catch {
    return undefined;
  }
  const { fields } = message;
  const anybodys = defects.has('answer-of-others-taken');
  const ours = (anybodys ? ['11'] : ['11', '41']).every((id) => fields[id] === request.fields[id]);
  if (!ours || (!anybodys && message.mti !== responseTo(request.mti))) return undefined;
  const code = fields['39'];
  if (code === undefined) return undefined;
  if (request.mac && !defects.has('mac-not-checked')) {
    const mac = mak ? verifyMac(dialect, frame, mak) : 'wrong';
    const excused = mac === 'absent' && texts['without-mac'].includes(code);
    if (mac !== 'ok' && !excused) return { type: 'mac-error' };
  }
  return { type: 'answer', code, message };
}
