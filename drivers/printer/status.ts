import type { PrinterRequest } from '../codec/escpos/decoder.ts';

/** What a printer says about itself, as far as terminals ask. */
export interface PrinterIdentity {
  readonly maker: string;
  readonly model: string;
  readonly firmware: string;
  /** Profile's charset: tells which double-byte characters the printer has. */
  readonly charset: string;
}

/** Always-set bits 1 and 4 of a real-time status byte. */
const STATUS = 0x12;
const OFFLINE = 0x08;

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
 * What a printer in good order answers: paper in, covers closed, no error; offline while it holds the sender back.
 * undefined: nothing, as printers do for what they do not have. Source: the command reference of the TM family.
 * @param busy the sender is being held back
 */
export function answerTo(
  request: PrinterRequest,
  identity: PrinterIdentity,
  busy: boolean,
): Uint8Array | undefined {
  const n = request.bytes[2] ?? 0;
  switch (request.command) {
    case 'DLE EOT': // 1 printer, 2 cause of offline, 3 cause of error, 4 paper sensor
      return n >= 1 && n <= 4 ? Uint8Array.of(n === 1 && busy ? STATUS | OFFLINE : STATUS) : undefined;
    case 'GS r': // 1 paper sensor, 2 drawer
      return [1, 2, 49, 50].includes(n) ? Uint8Array.of(0) : undefined;
    case 'ESC v':
    case 'ESC u':
      return Uint8Array.of(0);
    case 'GS a':
      return n === 0 ? undefined : automaticStatus(busy);
    case 'GS I':
      return identityAnswer(n, identity);
    case 'GS ( H': // 48: sends back a process id, so that the sender knows how far the printer has got
      return request.bytes[5] === 48 && request.bytes.length === 11
        ? Uint8Array.of(0x37, 0x22, ...request.bytes.subarray(7, 11), 0)
        : undefined;
    default:
      return undefined;
  }
}

/** The four bytes of automatic status back: printer, errors, paper sensors, and a last byte of fixed bits. */
export const automaticStatus = (busy: boolean): Uint8Array =>
  Uint8Array.of(busy ? 0x10 | OFFLINE : 0x10, 0, 0, 0x0f);

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
