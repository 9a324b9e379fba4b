import { z } from 'zod';
import { isRigError, RigError } from '../../rig/model/errors.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import {
  type DecodedMessage,
  Deframer,
  type Dialect,
  decodeMessage,
  type Remark,
  toDialogueMessage,
} from '../codec/iso8583/index.ts';
import { readBytes } from '../transport/read-bytes.ts';
import { otherReadings, type Reading } from './decode-framing.ts';
import { loadDialect } from './dialect.ts';
import { fieldLines, headline } from './message-text.ts';

const Options = z.object({
  dialect: z.string(),
  file: z.string().optional(),
  length: z.boolean(),
  clear: z.boolean().default(false),
  json: z.boolean().default(false),
});

/** A decoded frame and where it stands in the input. */
interface Placed {
  readonly offset: number;
  readonly message: DecodedMessage;
  /** How it was read, when that is not what the dialect says. */
  readonly notes?: readonly Remark[];
}

/**
 * `posrig decode iso8583`: writes the messages to standard output, those before a bad frame as well, and throws for a bad
 * frame with the field, the offset and what was expected (blame `file`: exit code 3).
 */
export async function decodeIso8583(
  hex: string | undefined,
  given: Record<string, unknown>,
): Promise<number> {
  const options = Options.parse(given);
  const dialect = loadDialect(options.dialect);
  const bytes = await readBytes(hex, options.file);
  if (bytes.length === 0) {
    throw new RigError('USAGE', 'file', 'there are no bytes to decode', {
      hint: 'Give frames as hex, with --file, or on standard input.',
    });
  }
  const readings = otherReadings(dialect);
  const { placed, error } = options.length
    ? anyFraming(severalFrames, dialect, bytes, readings)
    : anyFraming(
        oneFrame,
        dialect,
        bytes,
        readings.filter((reading) => reading.dialect.frame.length === undefined),
      );
  process.stdout.write(
    options.json ? asJson(dialect, placed, options.clear) : asText(dialect, placed, options.clear),
  );
  if (error) throw error;
  return EXIT.ok;
}

function asText(dialect: Dialect, placed: readonly Placed[], clear: boolean): string {
  return placed
    .map(({ offset, message, notes = [] }) => {
      const dialogue = toDialogueMessage(dialect, message, { clear });
      const remarks = [...notes, ...message.remarks].map(
        (r) => `  note: ${/^\d/.test(r.id) ? `F${r.id}` : r.id} at offset ${offset + r.offset}: ${r.text}\n`,
      );
      return `${headline(dialogue)}\n${fieldLines(dialogue.fields, offset)}\n${remarks.join('')}`;
    })
    .join('\n');
}

function asJson(dialect: Dialect, placed: readonly Placed[], clear: boolean): string {
  const messages = placed.map(({ offset, message, notes = [] }) => ({
    offset,
    bytes: message.bytes.length,
    tpdu: message.tpdu,
    header: message.header,
    ...toDialogueMessage(dialect, message, { clear }),
    remarks: [...notes, ...message.remarks],
  }));
  return `${JSON.stringify(messages, null, 2)}\n`;
}

interface Outcome {
  readonly placed: readonly Placed[];
  readonly error?: RigError;
}

type Read = (dialect: Dialect, bytes: Uint8Array) => Outcome;

/**
 * As the dialect says; when that fails, as the same messages travel elsewhere, if all of the bytes are then messages
 * without a fault. What was done is told with the first message.
 */
function anyFraming(read: Read, dialect: Dialect, bytes: Uint8Array, others: readonly Reading[]): Outcome {
  const outcome = read(dialect, bytes);
  if (!outcome.error) return outcome;
  for (const { what, dialect: other } of others) {
    const { placed, error } = read(other, bytes);
    const [first, ...rest] = placed;
    if (error || !first || placed.some(({ message }) => message.remarks.length > 0)) continue;
    const note = { id: 'frame', offset: 0, text: `read ${what}; the dialect says otherwise` };
    return { placed: [{ ...first, notes: [note] }, ...rest] };
  }
  return outcome;
}

const oneFrame: Read = (dialect, bytes) => attempt(dialect, bytes, 0, false, []);

const severalFrames: Read = (dialect, bytes) => {
  const deframer = new Deframer(dialect);
  const frames = deframer.push(bytes);
  const placed: Placed[] = [];
  let offset = 0;
  for (const frame of frames) {
    const outcome = attempt(dialect, frame, offset, true, placed);
    if (outcome.error) return outcome;
    placed.push(...outcome.placed.slice(placed.length));
    offset += frame.length;
  }
  if (offset === bytes.length) return { placed };
  // A frame that is cut short: decoding what is there says where it ends.
  if (!deframer.damage) return attempt(dialect, bytes.subarray(offset), offset, true, placed);
  const { message } = deframer.damage;
  const hint = 'If the bytes have no length header, say --no-length.';
  return { placed, error: new RigError('CODEC_FRAME', 'file', message, { hint }) };
};

function attempt(
  dialect: Dialect,
  frame: Uint8Array,
  offset: number,
  length: boolean,
  before: readonly Placed[],
): Outcome {
  try {
    return {
      placed: [...before, { offset, message: decodeMessage(dialect, frame, { length, blame: 'file' }) }],
    };
  } catch (thrown) {
    if (!isRigError(thrown)) throw thrown;
    const where = offset > 0 ? `frame ${before.length + 1}, which starts at offset ${offset}: ` : '';
    const hint = length
      ? 'Offsets count from the length header; without one say --no-length.'
      : 'If the bytes start with a length header, leave --no-length away.';
    return { placed: before, error: new RigError(thrown.code, 'file', where + thrown.message, { hint }) };
  }
}
