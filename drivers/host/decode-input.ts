import { RigError } from '../../rig/model/errors.ts';
import { dumpsIn, hexRunsIn } from '../transport/hex-text.ts';
import { hexBytes, readContent } from '../transport/read-bytes.ts';

/** Bytes of the input that stand together: one frame, or several behind each other. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** `line 12: `, when there are several. */
  readonly where: string;
  /** Lines of the input that it was put together from, each with the offset of its first byte. */
  readonly lines?: readonly { readonly line: number; readonly at: number }[];
}

/** What else a protocol's own people may have written its messages down as. */
export interface TextReader {
  readonly what: string;
  read(text: string): readonly Shown[];
}
interface Shown {
  readonly line: number;
  readonly bytes: Uint8Array | undefined;
  readonly lines?: Piece['lines'];
}

/** One way to understand the input; the more likely ones come first. */
export interface Understanding {
  /** In words, for a note; empty for what was asked for: bytes, or hex. */
  readonly what: string;
  readonly pieces: readonly Piece[];
}

/** Text longer than this is read as hex or as bytes only, characters. */
const LONGEST_LOG = 4 * 1024 * 1024;

/**
 * The input of `decode iso8583` in every way that it can be meant: hex, one message a line, a dump with offsets, a log with
 * hex among its words, a message that is text itself, bytes. Errors: USAGE, FILE_UNREADABLE.
 * @param readers of a text, tried before the hex that a text has anywhere
 */
export async function understandings(
  argument: string | undefined,
  file: string | undefined,
  readers: readonly TextReader[] = [],
): Promise<Understanding[]> {
  const content = argument === undefined ? await readContent(file) : Buffer.from(argument, 'utf8');
  if (content.length === 0) throw nothing();
  refuseCaptures(content);
  const found = isText(content)
    ? inText(content.toString('latin1').replace(/^\xef\xbb\xbf/, ''), readers)
    : [];
  if (argument === undefined && !found.some(({ what }) => what === '')) {
    found.push({ what: found.length > 0 ? 'as the bytes of the text' : '', pieces: [only(content)] });
  }
  if (found.length > 0) return found;
  throw argument?.trim() === '' ? nothing() : notHex();
}

function inText(text: string, readers: readonly TextReader[]): Understanding[] {
  const found: Understanding[] = [];
  const whole = hexBytes(text);
  if (whole) found.push({ what: '', pieces: [only(whole)] });
  if (text.length > LONGEST_LOG) return found;
  const lines = text.split(/\r?\n/).map((line, i) => ({ line: i + 1, text: line }));
  const full = lines.filter((line) => line.text.trim() !== '');
  const perLine = full.map((line) => ({ line: line.line, bytes: hexBytes(line.text) }));
  if (perLine.length > 1 && perLine.every(({ bytes }) => bytes !== undefined)) {
    add(found, 'as one message a line', perLine);
  }
  add(found, 'from a dump with offsets', dumpsIn(text));
  if (!whole) {
    for (const { what, read } of readers) add(found, what, read(text));
    add(found, 'from the hex in a text', hexRunsIn(text));
  }
  // A message in ASCII is text itself.
  const asText = full.map((line) => ({ line: line.line, bytes: Buffer.from(line.text, 'latin1') }));
  if (asText.some(({ bytes }) => LIKE_TEXT.test(bytes.toString('latin1')))) {
    add(found, 'as text that is the message itself', asText);
  }
  return found;
}

/** A message type and the first half of a bitmap in hex. */
const LIKE_TEXT = /[0129][1-8]\d\d[0-9A-Fa-f]{8}/;

function add(found: Understanding[], what: string, shown: readonly Shown[]): void {
  const pieces = shown.flatMap(({ line, bytes, lines }): Piece[] =>
    bytes
      ? [
          {
            bytes: Uint8Array.from(bytes),
            where: shown.length > 1 ? `line ${line}: ` : '',
            ...(lines && { lines }),
          },
        ]
      : [],
  );
  if (pieces.length > 0) found.push({ what, pieces });
}

const only = (bytes: Uint8Array): Piece => ({ bytes: Uint8Array.from(bytes), where: '' });

/** No control characters but white space. */
function isText(content: Buffer): boolean {
  for (const byte of content) {
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false;
  }
  return true;
}

const CAPTURES = ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d', '0a0d0d0a'];

function refuseCaptures(content: Buffer): void {
  if (!CAPTURES.includes(content.subarray(0, 4).toString('hex'))) return;
  throw new RigError('USAGE', 'file', 'this is a packet capture, with headers around the messages', {
    hint: 'Take the messages out first: tshark -r FILE -Y tcp.len -T fields -e tcp.payload, piped into the same command',
  });
}

const nothing = (): RigError =>
  new RigError('USAGE', 'file', 'there are no bytes to decode', {
    hint: 'Give frames as hex, with --file, or on standard input.',
  });
const notHex = (): RigError =>
  new RigError('USAGE', 'file', 'the argument is not hex text with two digits a byte', {
    hint: 'Give frames as hex, with --file, or on standard input.',
  });
