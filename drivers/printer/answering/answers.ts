import type { PrinterRequest } from '../../codec/escpos/decoder.ts';
import { automaticStatus, type Condition, paperStatus, realTimeStatus } from './condition.ts';

/** What a printer says about itself, as far as terminals ask. */
export interface PrinterIdentity {
  readonly maker: string;
  readonly model: string;
  readonly firmware: string;
  /** Profile's charset: tells which double-byte characters the printer has. */
  readonly charset: string;
}

const FONTS: Readonly<Record<string, string>> = {
  gb18030: 'CHINA GB18030',
  gbk: 'CHINA GB18030',
  gb2312: 'CHINA GB2312',
  big5: 'TAIWAN BIG-5',
  shift_jis: 'KANJI JAPANESE',
  'euc-kr': 'KOREA C-5601C',
};

/** Printer information B: header 0x5f, text, NUL. */
const information = (text: string) => Buffer.from(`_${text}\0`, 'latin1');

/**
 * What a printer answers; undefined: nothing, as printers do for what they do not have. Source: the command reference of
 * the TM family. Stations that this printer lacks (slip, ink, cheque reader) answer that nothing is the matter: a sender
 * that asks waits for an answer.
 */
export function answerTo(
  request: PrinterRequest,
  identity: PrinterIdentity,
  condition: Condition,
): Uint8Array | undefined {
  const n = request.bytes[2] ?? 0;
  switch (request.command) {
    case 'DLE EOT':
      return (n >= 1 && n <= 8) || n === 18 ? Uint8Array.of(realTimeStatus(n, condition)) : undefined;
    case 'DLE DC4': // 7 1: the status that GS a sends; 8: the buffers are cleared
      if (n === 7) return request.bytes[3] === 1 ? automaticStatus(condition) : undefined;
      return n === 8 ? Uint8Array.of(0x37, 0x25, 0) : undefined;
    case 'GS r': // 1 paper sensor, 2 drawer, 4 ink
      if (n === 1 || n === 49) return Uint8Array.of(paperStatus(condition));
      return [2, 4, 50, 52].includes(n) ? Uint8Array.of(0) : undefined;
    case 'ESC v':
      return Uint8Array.of(paperStatus(condition));
    case 'ESC u':
      return Uint8Array.of(0);
    case 'GS a':
      return n === 0 ? undefined : automaticStatus(condition);
    case 'GS I':
      return identityAnswer(n, identity);
    case 'GS g': // a maintenance counter
      return n === 50 ? information('0') : undefined;
    case 'GS ( E': // 1: user setting mode begins
      return request.bytes[5] === 1 ? Uint8Array.of(0x37, 0x20, 0) : undefined;
    case 'GS ( H': // 48: sends back a process id, so that the sender knows how far the printer has got
      return request.bytes[5] === 48 && request.bytes.length === 11
        ? Uint8Array.of(0x37, 0x22, ...request.bytes.subarray(7, 11), 0)
        : undefined;
    default:
      return undefined;
  }
}

/** Whether `GS a n` asks to be told when the printer goes off and on line. */
export const tellsOnline = (request: PrinterRequest): boolean => ((request.bytes[2] ?? 0) & 2) !== 0;

function identityAnswer(
  n: number,
  { maker, model, firmware, charset }: PrinterIdentity,
): Uint8Array | undefined {
  switch (n) {
    case 1:
    case 49: // model number: TM-T88 family
      return Uint8Array.of(0x20);
    case 2:
    case 50: // has double-byte characters, has a cutter
      return Uint8Array.of(FONTS[charset] === undefined ? 0x02 : 0x03);
    case 3:
    case 51:
      return Uint8Array.of(1);
    case 65:
      return information(firmware);
    case 66:
      return information(maker);
    case 67:
      return information(model);
    case 68:
      return information('0000000000');
    case 69:
      return information(FONTS[charset] ?? '');
    default:
      return undefined;
  }
}
