import { type ControlName, controlAt, type Examined, type TwoWayFraming } from './scanner.ts';

/**
 * `STX` text `ETX` LRC, in the variants that till protocols have made of it. Which characters the checksum runs over and what
 * it starts from differ by protocol, and by firmware: Concert and Transbank take text and ETX from 0x00; ECR17 starts from
 * 0x7F and has four modes.
 */
export interface StxEtxLrcOptions {
  /** Which of the two marks count in the checksum, besides the text. */
  readonly over: 'text' | 'text+etx' | 'stx+text' | 'stx+text+etx';
  /** What the checksum starts from: 0x00 or 0x7F. */
  readonly base?: number;
  /** Progress text: `SOH` text `EOT`, without a checksum. */
  readonly progress?: boolean;
  /** Characters that stand for themselves between frames. */
  readonly controls?: readonly ControlName[];
  /**
   * ACK and NAK come with ETX and a checksum behind them, as ECR17 has it; bare ones are understood too, when something else
   * or silence follows. The checksum is not looked at: what it runs over differs, and one character says it all.
   */
  readonly longControls?: boolean;
  /** Longest frame, bytes. */
  readonly longest?: number;
}

const SOH = 0x01;
const STX = 0x02;
const ETX = 0x03;
const EOT = 0x04;

/** The checksum of a text. */
export function lrcOf(text: Uint8Array, { over, base = 0 }: Pick<StxEtxLrcOptions, 'over' | 'base'>): number {
  let lrc = base;
  if (over.startsWith('stx')) lrc ^= STX;
  for (const byte of text) lrc ^= byte;
  return over.endsWith('etx') ? lrc ^ ETX : lrc;
}

export function stxEtxLrc(options: StxEtxLrcOptions): TwoWayFraming {
  const { progress = false, controls = ['ACK', 'NAK'], longControls = false, longest = 4096 } = options;
  const examine = (bytes: Uint8Array, at: number, seen: number, over: boolean): Examined => {
    const first = bytes[at];
    if (first === STX) return text(bytes, at, seen);
    if (first === SOH && progress) return progressText(bytes, at, seen);
    const control = controlAt(first, controls);
    return control.is === 'control' && longControls ? long(control, bytes, at, over) : control;
  };

  const long = (
    control: Extract<Examined, { is: 'control' }>,
    bytes: Uint8Array,
    at: number,
    over: boolean,
  ): Examined => {
    const behind = bytes[at + 1];
    if (behind === ETX && at + 2 < bytes.length) return { ...control, length: 3 };
    return !over && (behind === undefined || behind === ETX) ? { is: 'begun' } : control;
  };

  const text = (bytes: Uint8Array, at: number, seen: number): Examined => {
    for (let i = at + Math.max(1, seen); i < bytes.length; i++) {
      const byte = bytes[i];
      // The text has neither mark, so a second STX begins the frame anew. The checksum may be any character, even ETX.
      if (byte === STX)
        return { is: 'bad', length: i - at, why: 'another frame begins inside', ended: false };
      if (byte !== ETX) continue;
      const found = bytes[i + 1];
      if (found === undefined) return { is: 'begun', seen: i - at };
      const payload = bytes.slice(at + 1, i);
      const expected = lrcOf(payload, options);
      const length = i + 2 - at;
      if (found === expected) return { is: 'frame', length, payload, form: 'STX' };
      return { is: 'bad', length, why: `LRC ${hex(found)}, expected ${hex(expected)}`, ended: true };
    }
    return { is: 'begun', seen: bytes.length - at };
  };

  const progressText = (bytes: Uint8Array, at: number, seen: number): Examined => {
    for (let i = at + Math.max(1, seen); i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === EOT)
        return { is: 'frame', length: i + 1 - at, payload: bytes.slice(at + 1, i), form: 'SOH' };
      if (byte === SOH || byte === STX)
        return { is: 'bad', length: i - at, why: 'progress text without EOT', ended: false };
    }
    return { is: 'begun', seen: bytes.length - at };
  };

  return {
    name: 'STX … ETX LRC',
    longest,
    examine,
    frame: (payload) => {
      if (payload.includes(STX) || payload.includes(ETX)) {
        throw new RangeError('text between STX and ETX can hold neither of them');
      }
      return Uint8Array.from([STX, ...payload, ETX, lrcOf(payload, options)]);
    },
  };
}

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
