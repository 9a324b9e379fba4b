/**
 * What all framings of till links have in common: bytes come in cut anywhere, frames and single control characters go out,
 * and every byte that belongs to neither is shown. Pure; memory is bounded by the longest frame that a framing allows.
 */

/** Some bytes of the stream, exactly as they came. All pieces behind each other are the stream. */
interface Span {
  /** Of the first byte, counted from the first byte of the stream. */
  readonly offset: number;
  readonly raw: Uint8Array;
}

/** One whole frame with a checksum that is right. */
export interface Frame extends Span {
  readonly type: 'frame';
  /** What is carried: without marks, doubling, length and checksum. */
  readonly payload: Uint8Array;
  /** Which form, where a framing has several: `SOH` for progress text. */
  readonly form?: string;
  /** What stands around the payload besides: `id`, `ack`. */
  readonly head?: Readonly<Record<string, number>>;
}

export type ControlName = 'ACK' | 'NAK' | 'ENQ' | 'EOT';

/** A character that stands for itself between frames. */
export interface Control extends Span {
  readonly type: 'control';
  readonly name: ControlName;
}

/** A frame that came to its end and is not right: the receiver answers NAK where its protocol has one. */
export interface Damaged extends Span {
  readonly type: 'damaged';
  readonly why: string;
}

/** Bytes that belong to no frame. */
export interface Discarded extends Span {
  readonly type: 'discarded';
  readonly why: string;
}

export type FrameItem = Frame | Control | Damaged | Discarded;

export interface Deframer {
  /** Takes the next bytes of the stream, cut anywhere; returns what they complete, in order. */
  push(bytes: Uint8Array): readonly FrameItem[];
  /**
   * Nothing will follow (the line has been silent for too long, the connection is closed): what is held is given up, and
   * frames inside of it are found. Afterwards nothing is held.
   */
  flush(): readonly FrameItem[];
  /** Bytes of an unfinished frame that are being held. */
  readonly held: number;
  /** What is held is whole if nothing follows: silence that would be short in the middle of a frame is long enough here. */
  readonly whole: boolean;
}

/** What a framing makes of the bytes at some place. */
export type Examined =
  /** `length` bytes are a whole frame, or a control character. */
  | {
      readonly is: 'frame';
      readonly length: number;
      readonly payload: Uint8Array;
      readonly form?: string;
      readonly head?: Readonly<Record<string, number>>;
    }
  | { readonly is: 'control'; readonly length: number; readonly name: ControlName }
  /** A frame begins here and its end has not come; `seen` bytes need not be looked at again. */
  | { readonly is: 'begun'; readonly seen?: number }
  /**
   * A frame begins here and is not right. Its end, or what was taken for it, is behind `length` bytes; `ended` when it came
   * to its end.
   */
  | { readonly is: 'bad'; readonly length: number; readonly why: string; readonly ended: boolean }
  /** No frame begins here. */
  | { readonly is: 'nothing' };

/** A framing: a pure look at bytes. */
export interface Framing {
  /** In words, for messages. */
  readonly name: string;
  /** Longest frame on the wire, bytes; what grows past it is no frame. */
  readonly longest: number;
  /**
   * What begins at `at`; `seen` is what an earlier look at the same place has reported, else 0. `over`: nothing follows
   * behind these bytes.
   */
  examine(bytes: Uint8Array, at: number, seen: number, over: boolean): Examined;
}

/** A framing that also writes. Throws RangeError for a payload that the framing cannot carry. */
export interface TwoWayFraming extends Framing {
  frame(payload: Uint8Array): Uint8Array;
}

const NONE = new Uint8Array(0);

/** Takes a stream apart. What is held never exceeds `framing.longest` between calls. */
export function deframe(framing: Framing): Deframer {
  let buffer: Uint8Array = NONE;
  /** Of the first byte of `buffer` in the stream. */
  let base = 0;
  let seen = 0;
  /** Up to here the bytes have been told of as a damaged frame already. */
  let toldUntil = 0;

  const scan = (over: boolean): FrameItem[] => {
    const items: FrameItem[] = [];
    let at = 0;
    /** Bytes from here to `at` are no part of anything. */
    let loose = 0;
    let why = 'no frame begins with this';
    const span = (from: number, to: number): Span => ({
      offset: base + from,
      raw: buffer.slice(from, to),
    });
    const dropLoose = () => {
      if (loose < at) items.push({ type: 'discarded', ...span(loose, at), why });
      loose = at;
      why = 'no frame begins with this';
    };
    while (at < buffer.length) {
      let found = framing.examine(buffer, at, seen, over);
      seen = 0;
      if (found.is === 'begun') {
        const held = buffer.length - at;
        if (!over && held < framing.longest) {
          dropLoose();
          seen = found.seen ?? 0;
          break;
        }
        const reason = over ? 'the frame was not finished' : `longer than ${framing.longest} bytes`;
        found = { is: 'bad', length: held, why: reason, ended: false };
      }
      switch (found.is) {
        case 'nothing':
          at++;
          break;
        case 'bad': {
          // Whatever ended too early may hide the beginning of the next frame: look on right behind its first byte.
          const end = at + Math.max(1, found.length);
          const resume = nextStart(at + 1, end);
          const told = base + end <= toldUntil;
          if (found.ended && !told) {
            dropLoose();
            items.push({ type: 'damaged', ...span(at, resume), why: found.why });
            toldUntil = base + end;
            at = resume;
            loose = at;
          } else {
            if (loose === at) why = found.why;
            at = resume;
          }
          break;
        }
        default: {
          dropLoose();
          const place = span(at, at + found.length);
          at += found.length;
          loose = at;
          if (found.is === 'control') items.push({ type: 'control', name: found.name, ...place });
          else {
            const { payload, form, head } = found;
            items.push({ type: 'frame', ...place, payload, ...(form && { form }), ...(head && { head }) });
          }
        }
      }
    }
    if (at >= buffer.length) dropLoose();
    base += at;
    buffer = at >= buffer.length ? NONE : buffer.slice(at);
    return items;
  };

  /** The first place from `from` on where something begins, at most `to`. */
  const nextStart = (from: number, to: number): number => {
    let at = from;
    while (at < to) {
      const { is } = framing.examine(buffer, at, 0, false);
      if (is === 'frame' || is === 'begun' || is === 'bad') return at;
      at++;
    }
    return at;
  };

  return {
    push: (bytes) => {
      if (bytes.length === 0) return [];
      const items: FrameItem[] = [];
      // Much at once goes through piece by piece, so that what is held stays bounded.
      for (let from = 0; from < bytes.length; from += framing.longest) {
        const part = bytes.subarray(from, from + framing.longest);
        buffer = buffer.length === 0 ? part.slice() : Buffer.concat([buffer, part]);
        items.push(...scan(false));
      }
      return items;
    },
    flush: () => scan(true),
    get held() {
      return buffer.length;
    },
    get whole() {
      const found = buffer.length > 0 ? framing.examine(buffer, 0, 0, true) : undefined;
      return found?.is === 'control' || (found?.is === 'frame' && found.length === buffer.length);
    },
  };
}

/** The same control characters for everybody: ACK 06, NAK 15, ENQ 05, EOT 04. */
export const CONTROL_BYTES: Readonly<Record<ControlName, number>> = {
  ACK: 0x06,
  NAK: 0x15,
  ENQ: 0x05,
  EOT: 0x04,
};

/** A control character of those named, else nothing. */
export function controlAt(byte: number | undefined, names: readonly ControlName[]): Examined {
  for (const name of names) {
    if (CONTROL_BYTES[name] === byte) return { is: 'control', length: 1, name };
  }
  return { is: 'nothing' };
}
