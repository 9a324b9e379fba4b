import assert from 'node:assert/strict';
import { isRigError } from '../../../rig/model/errors.ts';
import { dialectNames, loadDialect } from '../../host/dialect.ts';
import { concat } from './bytes.ts';
import { Deframer, type Dialect, decodeMessage, encodeMessage, measure, toDialogueMessage } from './index.ts';
import { contrary, ebcdic, numbers } from './testing/contrary.ts';
import { legalMessage, Random } from './testing/legal.ts';

export interface FuzzOptions {
  /** How many frames. */
  readonly count: number;
  readonly seed: number;
  /** Called now and then with the number of frames done. */
  readonly progress?: (done: number) => void;
}

/** What came of the frames. */
export interface FuzzCounts {
  readonly frames: number;
  readonly accepted: number;
  readonly refused: number;
}

/** Legal frames of each dialect, from which mutated ones are made; renewed one by one. */
const POOL = 64;

/**
 * Throws random and mutated frames at the codec, in all shipped dialects and three contrary ones. A frame may be refused,
 * with CODEC_FRAME or CODEC_FIELD and an offset; one that is accepted without remark must encode to itself. Throws an
 * error with dialect, number, seed and frame for anything else.
 */
export async function fuzz({ count, seed, progress }: FuzzOptions): Promise<FuzzCounts> {
  const dialects = [...dialectNames().map(loadDialect), contrary, ebcdic, numbers];
  const random = new Random(seed);
  const pools = dialects.map((dialect) => Array.from({ length: POOL }, () => legalFrame(dialect, random)));
  const { stackTraceLimit } = Error;
  // Millions of errors are made and none of their stacks is looked at.
  Error.stackTraceLimit = 0;
  let accepted = 0;
  try {
    for (let i = 0; i < count; i++) {
      const which = i % dialects.length;
      const dialect = dialects[which];
      const pool = pools[which];
      if (!dialect || !pool) continue;
      if (i % 16 === 0) pool[random.below(POOL)] = legalFrame(dialect, random);
      const frame = random.below(8) === 0 ? random.bytes(random.below(120)) : mutated(pool, dialect, random);
      try {
        if (tried(dialect, frame, i)) accepted++;
      } catch (thrown) {
        const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
        throw new Error(`${dialect.id}, frame ${i} of seed ${seed}: ${what}\n${hex(frame)}`, {
          cause: thrown,
        });
      }
      if (i % 50_000 === 0) {
        progress?.(i);
        // Lets a watchdog's messages through.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  progress?.(count);
  return { frames: count, accepted, refused: count - accepted };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** A legal frame; the few whose fields are together too long for one are replaced. */
function legalFrame(dialect: Dialect, random: Random): Uint8Array {
  for (;;) {
    try {
      return encodeMessage(dialect, legalMessage(dialect, random));
    } catch (thrown) {
      if (!isRigError(thrown) || thrown.code !== 'CODEC_FRAME') throw thrown;
    }
  }
}

/** Decodes a frame and holds what comes of it against the codec's promises; true when it was accepted. */
function tried(dialect: Dialect, frame: Uint8Array, i: number): boolean {
  if (i % 8 === 0) streamed(dialect, frame, i);
  let message: ReturnType<typeof decodeMessage>;
  try {
    message = decodeMessage(dialect, frame, { length: i % 4 !== 0 });
  } catch (thrown) {
    refused(thrown);
    return false;
  }
  if (i % 8 < 2) assert.ok(toDialogueMessage(dialect, message).fields.length > 0);
  if (message.remarks.length > 0) return true;
  const fields: Record<string, string> = {};
  for (const id of Object.keys(message.fields)) if (!id.includes('.')) fields[id] = message.fields[id] ?? '';
  const { mti, tpdu, header } = message;
  const again = encodeMessage(dialect, { mti, tpdu, header, fields }, { length: i % 4 !== 0 });
  if (Buffer.compare(again, frame) !== 0) assert.fail(`encodes to another frame: ${hex(again)}`);
  return true;
}

function refused(thrown: unknown): void {
  if (!isRigError(thrown)) throw thrown;
  if (thrown.code !== 'CODEC_FRAME' && thrown.code !== 'CODEC_FIELD') throw thrown;
  if (!/offset \d+/.test(thrown.message)) assert.fail(`an error without offset: ${thrown.message}`);
}

/** The stream's side: never throws, never holds more than a frame. */
function streamed(dialect: Dialect, frame: Uint8Array, i: number): void {
  const deframer = new Deframer(dialect);
  const cut = i % (frame.length + 1);
  for (const chunk of [frame.subarray(0, cut), frame.subarray(cut), frame]) {
    deframer.push(chunk);
    assert.ok(deframer.pending <= dialect.frame.max + 8);
  }
  try {
    const size = measure(dialect, frame);
    assert.ok(size === undefined || (size > 0 && size <= frame.length));
  } catch (thrown) {
    refused(thrown);
  }
}

/** A frame from the pool with something done to it; sometimes with its length header put right again. */
function mutated(pool: readonly Uint8Array[], dialect: Dialect, random: Random): Uint8Array {
  let frame: Uint8Array = random.pick(pool).slice();
  for (let times = random.below(4); times > 0; times--) {
    const at = random.below(frame.length);
    switch (random.below(6)) {
      case 0:
        frame[at] = random.below(256);
        break;
      case 1:
        frame[at] = (frame[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 2:
        frame = frame.slice(0, at);
        break;
      case 3:
        frame = concat([frame, random.bytes(random.below(8))]);
        break;
      case 4:
        frame = concat([frame.subarray(0, at), frame.subarray(at + 1 + random.below(4))]);
        break;
      default: {
        const other = random.pick(pool);
        frame = concat([frame.subarray(0, at), other.subarray(random.below(other.length))]);
      }
    }
  }
  return random.below(2) === 0 ? withLength(frame, dialect) : frame;
}

function withLength(frame: Uint8Array, { frame: { length } }: Dialect): Uint8Array {
  if (!length || frame.length < length.bytes) return frame;
  const count = frame.length - (length['counts-itself'] ? 0 : length.bytes);
  if (length.encoding === 'ascii') frame.set(Buffer.from(String(count).padStart(length.bytes, '0')));
  else if (length.encoding === 'bcd')
    frame.set(Buffer.from(String(count).padStart(length.bytes * 2, '0'), 'hex'));
  else frame.set([count >> 8, count & 0xff]);
  return frame;
}
