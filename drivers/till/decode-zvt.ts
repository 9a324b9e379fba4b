import iconv from 'iconv-lite';
import { z } from 'zod';
import { isRigError, RigError } from '../../rig/model/errors.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { bareApdu } from '../codec/framing/bare-apdu.ts';
import { dleCrc } from '../codec/framing/dle-crc.ts';
import { deframe, type FrameItem, type TwoWayFraming } from '../codec/framing/scanner.ts';
import { readApdu, type ZvtApdu } from '../codec/zvt/apdu.ts';
import { isControlField, LANGUAGES } from '../codec/zvt/catalogue.ts';
import { hex, nameOf, type ShownField, type ShowOptions, showFields, spaced } from '../codec/zvt/show.ts';
import { type Piece, type Understanding, understandings } from '../host/decode-input.ts';
import { conversationReader } from './decode-log.ts';
import { apdusWithoutLengths } from './zvt/log-without-lengths.ts';

const Options = z.object({
  file: z.string().optional(),
  serial: z.boolean().default(false),
  tcp: z.boolean().default(false),
  lang: z.enum(LANGUAGES),
  charset: z.string().optional(),
  clear: z.boolean().default(false),
  json: z.boolean().default(false),
});

const DLE = 0x10;

const READERS = [
  conversationReader,
  { what: 'from a log that tells control fields apart', read: apdusWithoutLengths },
];

/** `foreign`: bare APDUs, also of commands that the specification does not know. */
type Form = 'serial' | 'tcp' | 'foreign';

const FRAMINGS: Readonly<Record<Form, () => TwoWayFraming>> = {
  serial: () => dleCrc(),
  tcp: () => bareApdu({ known: isControlField }),
  foreign: () => bareApdu(),
};

/** What one piece of the input holds, in order, with what each frame says. */
interface Placed {
  readonly item: FrameItem;
  readonly where: string;
  readonly apdu?: ZvtApdu;
  readonly error?: RigError;
  /** The recording ends in the middle of it: what is there is shown. */
  readonly unfinished?: true;
}

/** `posrig decode zvt`. Errors: USAGE, FILE_UNREADABLE; bytes that do not decode are told in their place. */
export async function decodeZvt(
  argument: string | undefined,
  given: Record<string, unknown>,
): Promise<number> {
  const read = Options.safeParse(given);
  if (!read.success) throw usage(`--lang must be one of ${LANGUAGES.join(', ')}`);
  const options = read.data;
  if (options.serial && options.tcp) throw usage('--serial and --tcp cannot both be true');
  if (options.charset !== undefined && !iconv.encodingExists(options.charset)) {
    throw usage(`the charset ${options.charset} is not known`);
  }
  const forms: readonly Form[] = options.serial
    ? ['serial']
    : options.tcp
      ? ['tcp', 'foreign']
      : ['serial', 'tcp', 'foreign'];
  const inputs = await understandings(argument, options.file, READERS);
  const candidates = inputs.flatMap((input) =>
    forms.flatMap((form) => [
      { form, placed: placedIn(input, form) },
      { form, placed: placedIn(input, form, true) },
    ]),
  );
  // Unknown commands are believed only where everything fits: lengths chain in bytes of any kind now and then.
  const fit = candidates.filter(({ form, placed }) => form !== 'foreign' || !placed.some(isWrong));
  const placed = best(fit.map((candidate) => candidate.placed));
  const show: ShowOptions = {
    language: options.lang,
    clear: options.clear,
    ...(options.charset !== undefined && { charset: options.charset }),
  };
  process.stdout.write(options.json ? asJson(placed, show) : placed.map((one) => asText(one, show)).join(''));
  return placed.some(isWrong) ? EXIT.invalid : EXIT.ok;
}

const usage = (message: string): RigError => new RigError('USAGE', 'file', message);

/** One request and what the till and the terminal say to it. */
function placedIn({ pieces }: Understanding, form: Form, cutOff = false): Placed[] {
  return pieces.flatMap((piece) => {
    const { bytes, where } = piece;
    const deframer = deframe(FRAMINGS[form]());
    const items = [...deframer.push(bytes)];
    const tail = bytes.subarray(bytes.length - deframer.held);
    const half = cutOff ? unfinished(tail, bytes.length - tail.length, form, where) : undefined;
    if (!half) items.push(...deframer.flush());
    const whole = items.map((item): Placed => {
      if (item.type !== 'frame') return { item, where };
      try {
        const apdu = readApdu(item.payload);
        return { item, where, apdu, ...(apdu.trouble && { error: apdu.trouble }) };
      } catch (thrown) {
        if (!isRigError(thrown)) throw thrown;
        return { item, where, error: thrown };
      }
    });
    return (half ? [...whole, half] : whole).map((placed) => inItsLine(placed, piece));
  });
}

/** A frame of a known command whose end is missing, read as far as it goes; undefined when the tail is nothing of the kind. */
function unfinished(tail: Uint8Array, offset: number, form: Form, where: string): Placed | undefined {
  const bytes = form === 'serial' ? undoubledTail(tail) : tail;
  const [cla = 0, ins = 0, first = 0] = bytes;
  const from = first === 0xff ? 5 : 3;
  if (bytes.length <= from || !isControlField(cla, ins)) return undefined;
  const told = first === 0xff ? (bytes[3] ?? 0) | ((bytes[4] ?? 0) << 8) : first;
  const there = bytes.length - from;
  if (there > told || (there === told && form !== 'serial')) return undefined;
  // With the length of what is there, the fields that are whole can be read.
  const length = first === 0xff ? [0xff, there & 0xff, there >>> 8] : [there];
  const apdu = readApdu(Uint8Array.from([cla, ins, ...length, ...bytes.subarray(from)]));
  const why =
    there === told
      ? 'the recording ends before DLE ETX and CRC'
      : `the recording ends after ${there} of ${told} bytes of data`;
  return {
    item: { type: 'damaged', offset, raw: tail, why },
    where,
    apdu,
    error: new RigError('CODEC_FRAME', 'file', why),
    unfinished: true,
  };
}

/** What stands behind DLE STX, without whatever has come of DLE ETX CRC. */
function undoubledTail(tail: Uint8Array): Uint8Array {
  const data: number[] = [];
  for (let at = 2; at < tail.length; at++) {
    const byte = tail[at] ?? 0;
    // A DLE is doubled, or begins the end; the last one may be either.
    if (byte === DLE && tail[++at] !== DLE) break;
    data.push(byte);
  }
  return Uint8Array.from(data);
}

const isWrong = ({ item, error }: Placed): boolean =>
  error !== undefined || item.type === 'damaged' || item.type === 'discarded';

/** Of its line rather than of all that was put together. */
function inItsLine(placed: Placed, { lines }: Piece): Placed {
  const { item } = placed;
  const found = lines?.findLast(({ at }) => at <= item.offset);
  if (!found) return placed;
  return { ...placed, where: `line ${found.line}: `, item: { ...item, offset: item.offset - found.at } };
}

/** What of the bytes was not understood; a command that nobody knows may as well be no frame at all. */
function unreadShare(placed: Placed): number {
  if (placed.unfinished) return 0.25;
  if (isWrong(placed)) return 1;
  const { apdu } = placed;
  return !apdu || apdu.command || /^8[04]/.test(apdu.control) ? 0 : 0.9;
}

/** What leaves the fewest bytes unread, and reads the most of them; the earlier ones are more likely. */
function best(candidates: readonly (readonly Placed[])[]): readonly Placed[] {
  const unread = (placed: readonly Placed[]) =>
    placed.reduce(
      (sum, one) => sum + one.item.raw.length * (2 * unreadShare(one) - 1),
      placed.some(({ apdu }) => apdu) ? 0 : 1e9,
    );
  const [first = []] = [...candidates].sort((a, b) => unread(a) - unread(b));
  return first;
}

function asText({ item, where, apdu, error }: Placed, show: ShowOptions): string {
  const at = `${where}${item.offset}`;
  if (item.type === 'control') return `${at}: ${item.name}\n`;
  if (item.type !== 'frame' && !apdu) return `${at}: ${item.type} ${shortHex(item.raw)} (${item.why})\n`;
  if (!apdu) return `${at}: ${shortHex(item.raw)}: ${error?.message ?? ''}\n`;
  const head = `${at}: ${spaced(apdu.control)} ${nameOf(apdu, show.language)}${direction(apdu)}\n`;
  const body = showFields(apdu, show).flatMap((field) => lines(field, 1));
  return `${head}${body.join('')}${error ? `  ! ${error.message}\n` : ''}`;
}

const direction = ({ command }: ZvtApdu): string =>
  command?.from === 'till' ? ' (till)' : command?.from === 'terminal' ? ' (terminal)' : '';

function lines({ id, name, offset, value, meaning, fields }: ShownField, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const label = /^[0-9A-F]+$/.test(id) ? `${id} ${name}` : name;
  const shown = fields
    ? ''
    : ` ${value.replaceAll(/[\r\n]+/g, ' ⏎ ')}${meaning === undefined ? '' : ` = ${meaning}`}`;
  return [
    `${String(offset).padStart(5)}${indent}${label.padEnd(Math.max(1, 34 - indent.length))}${shown}\n`,
    ...(fields ?? []).flatMap((field) => lines(field, depth + 1)),
  ];
}

const shortHex = (raw: Uint8Array): string => {
  const text = hex(raw);
  return text.length > 64 ? `${text.slice(0, 64)}… (${raw.length} bytes)` : text;
};

function asJson(placed: readonly Placed[], show: ShowOptions): string {
  const shown = placed.map(({ item, where, apdu, error }) => ({
    offset: item.offset,
    ...(where && { where: where.replace(/: $/, '') }),
    bytes: item.raw.length,
    type: item.type,
    ...(item.type === 'control' && { name: item.name }),
    ...('why' in item && { why: item.why, hex: hex(item.raw) }),
    ...(apdu && {
      control: apdu.control,
      name: nameOf(apdu, show.language),
      from: apdu.command?.from ?? 'either',
      fields: showFields(apdu, show),
    }),
    ...(error && { error: { code: error.code, message: error.message } }),
  }));
  return `${JSON.stringify(shown, null, 2)}\n`;
}
