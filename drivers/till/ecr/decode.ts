import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import { framingOf } from '../../codec/ecr/framing.ts';
import { type ReadField, type ReadMessage, readMessage } from '../../codec/ecr/message.ts';
import type { FramingSetup, Protocol } from '../../codec/ecr/protocol.ts';
import { deframe, type FrameItem } from '../../codec/framing/scanner.ts';
import { FRAME_KINDS } from '../../codec/link/numbered-link.ts';
import { type Understanding, understandings } from '../../host/decode-input.ts';
import { LRC_VARIANTS } from '../place.ts';
import { loadProtocol } from '../protocol-file.ts';
import { codeWords, inWords, languagesOf, shownText } from './show.ts';

const Options = z.object({
  protocol: z.string().optional(),
  file: z.string().optional(),
  serial: z.boolean().default(false),
  tcp: z.boolean().default(false),
  lrc: z.enum(LRC_VARIANTS, { error: `--lrc must be one of ${LRC_VARIANTS.join(', ')}` }).optional(),
  lang: z.string(),
  clear: z.boolean().default(false),
  json: z.boolean().default(false),
});

/** What one piece of the input holds, in order, with what each frame says. */
interface Placed {
  readonly item: FrameItem;
  readonly where: string;
  readonly message?: ReadMessage | undefined;
}

/**
 * `posrig decode <protocol>` for a protocol that a file describes. Errors: USAGE, FILE_UNREADABLE, FILE_INVALID; bytes that do
 * not decode are told in their place.
 * @param shipped the protocol; undefined: the one that `--protocol` names
 */
export async function decodeEcr(
  shipped: string | undefined,
  argument: string | undefined,
  given: Record<string, unknown>,
): Promise<number> {
  const read = Options.safeParse(given);
  if (!read.success) throw usage(read.error.issues[0]?.message ?? 'the options are not understood');
  const options = read.data;
  if (options.serial && options.tcp) throw usage('--serial and --tcp cannot both be true');
  const name = shipped ?? options.protocol;
  if (name === undefined) throw usage('say which protocol: --protocol FILE');
  const protocol = loadProtocol(name);
  const languages = languagesOf(protocol);
  if (!languages.includes(options.lang)) {
    throw usage(`${protocol.id} has no texts in ${options.lang}`, `It has: ${languages.join(', ')}.`);
  }
  const named = argument === undefined ? undefined : withControls(argument);
  const inputs: Understanding[] = named
    ? [{ what: '', pieces: [{ bytes: named, where: '' }] }]
    : await understandings(argument, options.file);
  const framings = framingsOf(protocol, options);
  const framed = inputs.flatMap((input) => framings.map((framing) => placedIn(protocol, input, framing)));
  // A message by itself, as people copy it out of a log; where frames are, that is not meant.
  const noBare = options.serial || options.tcp || framed.some((one) => one.some(isUnderstood));
  const placed = best([...framed, ...(noBare ? [] : inputs.map((input) => bareIn(protocol, input)))]);
  const show = { protocol, language: options.lang, clear: options.clear };
  process.stdout.write(options.json ? asJson(placed, show) : placed.map((one) => asText(one, show)).join(''));
  return placed.some(isWrong) ? EXIT.invalid : EXIT.ok;
}

const usage = (message: string, hint?: string): RigError =>
  new RigError('USAGE', 'file', message, hint === undefined ? {} : { hint });

const NAMED: Readonly<Record<string, number>> = {
  SOH: 0x01,
  STX: 0x02,
  ETX: 0x03,
  EOT: 0x04,
  ENQ: 0x05,
  ACK: 0x06,
  NAK: 0x15,
};

/**
 * The text of a message, with control characters by their names in angle brackets; undefined for hex, which is read like any
 * other input.
 */
function withControls(argument: string): Uint8Array | undefined {
  const bare = argument.replaceAll(
    /<0x([0-9a-fA-F]{2})>|\{0x([0-9a-fA-F]{2})\}/g,
    (_, a?: string, b?: string) => String.fromCharCode(Number.parseInt(a ?? b ?? '0', 16)),
  );
  const text = bare.replaceAll(/<([A-Z]{3})>/g, (whole, name: string) =>
    NAMED[name] === undefined ? whole : String.fromCharCode(NAMED[name]),
  );
  const isHex = /^[\s0-9a-fA-F:,-]*$/.test(text) && text.replaceAll(/[\s:,-]/g, '').length % 2 === 0;
  return isHex && text === argument ? undefined : Buffer.from(text, 'latin1');
}

function framingsOf({ links }: Protocol, { serial, tcp, lrc }: z.infer<typeof Options>): FramingSetup[] {
  const wanted = [tcp ? undefined : links.serial, serial ? undefined : links.tcp];
  return wanted.flatMap((link): FramingSetup[] => {
    if (!link) return [];
    const { framing } = link;
    if (framing.kind !== 'stx-etx-lrc') return [framing];
    // Firmware differs in what the checksum runs over: what fits best is meant.
    return lrc
      ? [{ ...framing, over: lrc }]
      : [framing, ...LRC_VARIANTS.map((over) => ({ ...framing, over }))];
  });
}

function placedIn(protocol: Protocol, { pieces }: Understanding, framing: FramingSetup): Placed[] {
  return pieces.flatMap(({ bytes, where }) => {
    const deframer = deframe(framingOf(framing));
    return [...deframer.push(bytes), ...deframer.flush()].map(
      (item): Placed => ({
        item,
        where,
        ...(item.type === 'frame' && {
          message: readMessage(
            protocol,
            item.payload,
            undefined,
            item.form === 'SOH' ? 'progress' : undefined,
          ),
        }),
      }),
    );
  });
}

const bareIn = (protocol: Protocol, { pieces }: Understanding): Placed[] =>
  pieces.map(({ bytes, where }) => {
    // What a copied line has at its end.
    const payload = bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0x0a && byte !== 0x0d) + 1);
    const message = readMessage(protocol, payload);
    const span = { offset: 0, raw: bytes };
    return message
      ? { item: { type: 'frame', ...span, payload }, where, message }
      : { item: { type: 'discarded', ...span, why: 'no message of this protocol' }, where };
  });

/** What a frame without data says: by its numbers alone. Undefined where frames have none, or this one has data. */
const signalOf = (item: FrameItem): string | undefined => {
  if (item.type !== 'frame' || item.payload.length > 0 || !item.head) return undefined;
  const { kind, ack = 0 } = item.head;
  if (kind === FRAME_KINDS.hello) return 'hello';
  if (kind === FRAME_KINDS.welcome) return 'welcome';
  return ack === 0 ? 'still there' : `acknowledges ${ack}`;
};

const isWrong = ({ item, message }: Placed): boolean =>
  item.type === 'damaged' ||
  item.type === 'discarded' ||
  (item.type === 'frame' && message === undefined && signalOf(item) === undefined);

const isUnderstood = ({ item, message }: Placed): boolean =>
  message !== undefined || signalOf(item) !== undefined;

/** What leaves the fewest bytes unread; the earlier ones are more likely. */
function best(candidates: readonly (readonly Placed[])[]): readonly Placed[] {
  const unread = (placed: readonly Placed[]) =>
    placed.reduce(
      (sum, one) => sum + (isWrong(one) ? one.item.raw.length : 0),
      placed.some(({ item }) => item.type === 'frame' || item.type === 'control') ? 0 : 1e9,
    );
  const [first = []] = [...candidates].sort((a, b) => unread(a) - unread(b));
  return first;
}

interface Show {
  readonly protocol: Protocol;
  readonly language: string;
  readonly clear: boolean;
}

function asText({ item, where, message }: Placed, show: Show): string {
  const at = `${where}${item.offset}`;
  if (item.type === 'control') return `${at}: ${item.name}\n`;
  const signal = signalOf(item);
  if (signal !== undefined) return `${at}: ${signal}\n`;
  if (item.type !== 'frame') return `${at}: ${item.type} ${shortHex(item.raw)} (${item.why})\n`;
  if (!message) return `${at}: ${shortHex(item.raw)}: no message of this protocol\n`;
  const title = inWords(message.message.title, show.language) ?? '';
  const head = `${at}: ${message.name} (${message.message.from}) ${title}\n`;
  const rest = message.rest === '' ? '' : `        and more: ${message.rest}\n`;
  return `${head}${message.fields.map((field) => fieldLine(field, show)).join('')}${rest}`;
}

function fieldLine(read: ReadField, { protocol, language, clear }: Show): string {
  const { field, offset } = read;
  const label = inWords(field.title, language) ?? field.name;
  const shown = shownText(read, clear);
  if (shown === '' && field.optional) return '';
  const words = codeWords(protocol, read, language);
  return `${String(offset).padStart(6)}  ${label.padEnd(28)} ${shown}${words === undefined ? '' : ` = ${words}`}\n`;
}

const shortHex = (raw: Uint8Array): string => {
  const text = Buffer.from(raw).toString('hex');
  return text.length > 64 ? `${text.slice(0, 64)}… (${raw.length} bytes)` : text;
};

function asJson(placed: readonly Placed[], { protocol, language, clear }: Show): string {
  const shown = placed.map(({ item, where, message }) => ({
    offset: item.offset,
    ...(where && { where: where.replace(/: $/, '') }),
    bytes: item.raw.length,
    type: item.type,
    ...(item.type === 'control' && { name: item.name }),
    ...('why' in item && { why: item.why, hex: Buffer.from(item.raw).toString('hex') }),
    ...(signalOf(item) !== undefined && { signal: signalOf(item) }),
    ...(item.type === 'frame' &&
      !message &&
      signalOf(item) === undefined && { why: 'no message of this protocol' }),
    ...(message && {
      message: message.name,
      title: inWords(message.message.title, language),
      from: message.message.from,
      fields: message.fields.map((read) => {
        const words = codeWords(protocol, read, language);
        return {
          name: read.field.name,
          offset: read.offset,
          value: shownText(read, clear),
          ...(read.field.holds !== undefined && { holds: read.field.holds }),
          ...(words !== undefined && { meaning: words }),
        };
      }),
      ...(message.rest !== '' && { rest: message.rest }),
    }),
  }));
  return `${JSON.stringify(shown, null, 2)}\n`;
}
