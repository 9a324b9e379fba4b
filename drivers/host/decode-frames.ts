import { isRigError, RigError } from '../../rig/model/errors.ts';
import {
  type DecodedMessage,
  Deframer,
  type Dialect,
  decodeMessage,
  kindsOfMti,
  peekMti,
  type Remark,
} from '../codec/iso8583/index.ts';
import { otherReadings, type Reading, type Travel, travelling } from './decode-framing.ts';
import type { Piece, Understanding } from './decode-input.ts';

/** A decoded frame and where it stands in its piece of the input. */
export interface Placed {
  readonly offset: number;
  readonly dialect: Dialect;
  readonly message: DecodedMessage;
  /** How it was read, when that is not what was asked for. */
  readonly notes: readonly Remark[];
}

/** What came of the input: the messages before, between and behind what does not decode, and the first thing that does not. */
export interface Outcome {
  readonly placed: readonly Placed[];
  readonly error?: RigError;
  /** Where the length header ought to be there are bytes that can be none. */
  readonly noLength?: true;
}

/** The input as it is meant most likely: the first understanding that decodes whole, else that with the most messages. */
export function readInput(inputs: readonly Understanding[], dialect: Dialect, travel: Travel): Outcome {
  let best: Outcome | undefined;
  for (const { what, pieces } of inputs) {
    const outcome = readPieces(pieces, dialect, travel);
    const told = what === '' ? outcome : noted(outcome, 'input', `read ${what}`);
    if (!told.error) return told;
    if (best === undefined || told.placed.length > best.placed.length) best = told;
  }
  return best ?? { placed: [] };
}

function readPieces(pieces: readonly Piece[], dialect: Dialect, travel: Travel): Outcome {
  const placed: Placed[] = [];
  let error: RigError | undefined;
  const own = travelling(dialect, travel);
  const others = otherReadings(dialect, travel);
  for (const { bytes, where } of pieces) {
    const outcome = anyFraming(own, bytes, travel.skip ?? 0, others);
    placed.push(...outcome.placed);
    if (outcome.error && !error)
      error = where === '' ? outcome.error : withMessage(outcome.error, where + outcome.error.message);
  }
  return { placed, ...(error && { error }) };
}

const withMessage = ({ code, hint }: RigError, message: string): RigError =>
  new RigError(code, 'file', message, hint === undefined ? {} : { hint });

/** Adds a note to the first message. */
export function noted({ placed, error }: Outcome, id: string, text: string): Outcome {
  const [first, ...rest] = placed;
  if (!first) return { placed, ...(error && { error }) };
  const note = { id, offset: 0, text };
  return { placed: [{ ...first, notes: [note, ...first.notes] }, ...rest], ...(error && { error }) };
}

/**
 * As the dialect says; when that fails, as the same messages travel elsewhere, if all of the bytes are then messages
 * without a fault. What was done is told with the first message.
 */
function anyFraming(own: Dialect, bytes: Uint8Array, skip: number, others: readonly Reading[]): Outcome {
  const outcome = severalFrames(own, bytes, skip);
  if (!outcome.error) return outcome;
  let furthest: (Outcome & { error: RigError; what: string; likely: boolean }) | undefined;
  for (const { what, dialect } of others) {
    const other = severalFrames(dialect, bytes, skip);
    if (isSound(other)) return noted(other, 'frame', `read ${what}; the dialect says otherwise`);
    const { error } = other;
    const likely = beginsLikeAMessage(dialect, bytes.subarray(skip));
    if (!error || !(likely || error.code === 'CODEC_FIELD')) continue;
    const further = offsetOf(error) - offsetOf(furthest?.error);
    if (!furthest || (likely === furthest.likely ? further > 0 : likely))
      furthest = { error, what, likely, placed: other.placed };
  }
  // A length header that can be none hides what is wrong with the message behind it; so does a head that is another's.
  if (!furthest || outcome.placed.length > 0) return outcome;
  const strange = !beginsLikeAMessage(own, bytes.subarray(skip));
  if (!(furthest.likely ? strange : outcome.noLength)) return outcome;
  const { error, what, placed } = furthest;
  const told = { placed, error: withMessage(error, `${error.message} (read ${what})`) };
  return placed.length > 0 ? noted(told, 'frame', `read ${what}; the dialect says otherwise`) : told;
}

/** There is a message type that the dialect knows, behind a TPDU that is one where there must be (`60`, ISO 8583 over NAC). */
function beginsLikeAMessage(dialect: Dialect, bytes: Uint8Array): boolean {
  const mti = peekMti(dialect, bytes);
  const { length, tpdu } = dialect.frame;
  return (
    mti !== undefined &&
    kindsOfMti(dialect, mti).size > 1 &&
    (tpdu === 0 || bytes[length?.bytes ?? 0] === 0x60)
  );
}

/** How far a message was understood: the offset that the error tells. */
const offsetOf = (error: RigError | undefined): number => {
  const offset = /at offset (\d+)/.exec(error?.message ?? '')?.[1];
  return offset === undefined ? -1 : Number(offset);
};

/** All of it decodes, and nothing is remarkable about it. */
export const isSound = ({ placed, error }: Outcome): boolean =>
  !error && placed.length > 0 && placed.every(({ message }) => message.remarks.length === 0);

/** The frames in a piece of bytes, up to the first that does not decode. */
export function severalFrames(dialect: Dialect, bytes: Uint8Array, skip: number): Outcome {
  const placed: Placed[] = [];
  const deframer = new Deframer(dialect);
  let offset = Math.min(skip, bytes.length);
  for (const frame of deframer.push(bytes.subarray(offset))) {
    const error = attempt(dialect, frame, offset, placed);
    if (error) return { placed, error };
    offset += frame.length;
  }
  if (offset === bytes.length && placed.length > 0) return { placed };
  const { damage } = deframer;
  if (damage && dialect.frame.length) {
    const hint = 'If the bytes have no length header, say --no-length; if another one, --length.';
    return { placed, error: new RigError('CODEC_FRAME', 'file', damage.message, { hint }), noLength: true };
  }
  // A frame that is cut short, or is none: decoding what is there says where it ends.
  const error = attempt(dialect, bytes.subarray(offset), offset, placed);
  return { placed, ...(error && { error }) };
}

/** Decodes one frame and puts it behind the others; returns why it does not decode. */
function attempt(
  dialect: Dialect,
  frame: Uint8Array,
  offset: number,
  placed: Placed[],
): RigError | undefined {
  try {
    const message = decodeMessage(dialect, frame, { blame: 'file' });
    placed.push({ offset, dialect, message, notes: [] });
    return undefined;
  } catch (thrown) {
    if (!isRigError(thrown)) throw thrown;
    const where = placed.length > 0 ? `frame ${placed.length + 1}, which starts at offset ${offset}: ` : '';
    const hint = dialect.frame.length
      ? 'Offsets count from the length header; without one say --no-length.'
      : 'If the bytes start with a length header, leave --no-length away.';
    return new RigError(thrown.code, 'file', where + thrown.message, { hint });
  }
}
