import type { EventBody } from '../../../rig/model/event.ts';
import type { DialogueMessage, MessageDirection } from '../../../rig/model/message.ts';
import {
  asAnswerTo,
  type Dialect,
  decodeMessage,
  OpenRequests,
  toDialogueMessage,
} from '../../codec/iso8583/index.ts';
import type { Tape } from './tape.ts';
import type { Reader } from './tape-reel.ts';

/** How the events of a connection say a direction. */
const DIR = { request: 'in', response: 'out' } as const;

/** What is written down of one connection: links, bytes, messages, notes. */
export class ConnectionRecord {
  readonly #id: string;
  readonly #tape: Tape;
  readonly #dialect: Dialect | undefined;
  readonly #bytes: Readonly<Record<MessageDirection, Reader>>;
  readonly #swallowed: Readonly<Record<MessageDirection, Reader>>;
  readonly #frames: Readonly<Record<MessageDirection, Reader>>;
  readonly #crossed: Readonly<Record<MessageDirection, Reader>>;
  readonly #requests: OpenRequests | undefined;

  /** @param dialect undefined: no messages can be told apart */
  constructor(id: string, tape: Tape, dialect: Dialect | undefined) {
    this.#id = id;
    this.#tape = tape;
    this.#dialect = dialect;
    this.#requests = dialect && new OpenRequests(dialect);
    const each = (reader: (direction: MessageDirection) => Reader) => ({
      request: reader('request'),
      response: reader('response'),
    });
    this.#bytes = each((direction) => bytesOf(id, direction));
    this.#swallowed = each((direction) => bytesOf(`${id} swallowed`, direction));
    this.#frames = each((direction) => this.#frameReader(direction, undefined));
    this.#crossed = each((direction) => ({
      read: (bytes) => [...this.#bytes[direction].read(bytes), ...this.#frames[direction].read(bytes)],
    }));
  }

  link(state: string, detail?: string): void {
    this.#tape.record({
      type: 'link',
      plane: 'network',
      stream: this.#id,
      state,
      ...(detail === undefined ? {} : { detail }),
    });
  }

  note(direction: MessageDirection, text: string): void {
    this.#tape.record(this.#noteOf(direction, text));
  }

  /** Bytes that were handed on. */
  bytes(direction: MessageDirection, bytes: Uint8Array): void {
    this.#tape.bytes(this.#bytes[direction], bytes);
  }

  /** Bytes that were handed on and are one whole message of the dialect. */
  crossed(direction: MessageDirection, frame: Uint8Array): void {
    this.#tape.bytes(this.#crossed[direction], frame);
  }

  /** Bytes that came and were not handed on. */
  swallowed(direction: MessageDirection, bytes: Uint8Array): void {
    this.#tape.bytes(this.#swallowed[direction], bytes);
  }

  /** A message that nobody has read yet: it is decoded when it is written down. */
  frame(direction: MessageDirection, frame: Uint8Array, note: string | undefined): void {
    this.#tape.bytes(
      note === undefined ? this.#frames[direction] : this.#frameReader(direction, note),
      frame,
    );
  }

  /** A message that was read. */
  message(message: DialogueMessage, bytes: number, note: string | undefined): void {
    this.#tape.record(this.#messageOf(message, bytes, note));
  }

  /** A request that nobody reads now: its answer may be asked for before it is written down. */
  keepRequest(frame: Uint8Array): void {
    this.#requests?.add(frame);
  }

  /** Whose message it is: an answer that does not say it is that of who asked. */
  terminalOf(message: DialogueMessage): string | undefined {
    return (
      message.terminal ??
      (message.direction === 'response' ? this.#requests?.answeredBy(message)?.terminal : undefined)
    );
  }

  /** Reads a frame now; one that does not decode is noted and gives undefined. */
  decode(direction: MessageDirection, frame: Uint8Array): DialogueMessage | undefined {
    const read = this.#read(direction, frame);
    if (read === undefined || 'kind' in read) return read;
    this.#tape.record(read);
    return undefined;
  }

  #frameReader(direction: MessageDirection, note: string | undefined): Reader {
    return {
      read: (frame) => {
        const read = this.#read(direction, frame);
        if (read === undefined) return [];
        return ['kind' in read ? this.#messageOf(read, frame.length, note) : read];
      },
    };
  }

  /** The message, or the note that says why it is none. */
  #read(direction: MessageDirection, frame: Uint8Array): DialogueMessage | EventBody | undefined {
    if (!this.#dialect) return undefined;
    try {
      const message = toDialogueMessage(this.#dialect, decodeMessage(this.#dialect, frame));
      // Who sent it decides what it is: a host may ask as well.
      if (direction === 'request') this.#requests?.add(message);
      const asked = direction === 'response' ? this.#requests?.answeredBy(message) : undefined;
      return asked ? asAnswerTo(asked, message) : message;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return this.#noteOf(direction, `a frame of ${frame.length} bytes does not decode: ${why}`);
    }
  }

  #messageOf(message: DialogueMessage, bytes: number, note: string | undefined): EventBody {
    return {
      type: 'message',
      plane: 'network',
      connection: this.#id,
      message,
      bytes,
      ...(note === undefined ? {} : { note }),
    };
  }

  #noteOf(direction: MessageDirection, text: string): EventBody {
    return { type: 'note', level: 'warning', text: `relay ${this.#id}, ${direction}: ${text}` };
  }
}

const bytesOf = (stream: string, direction: MessageDirection): Reader => ({
  read: (bytes) => [
    {
      type: 'bytes',
      plane: 'network',
      stream,
      dir: DIR[direction],
      hex: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'),
      count: bytes.length,
    },
  ],
});
