import type { DialogueMessage, MessageDirection } from '../../../rig/model/message.ts';
import type { Hold } from './holding.ts';
import type { RelayFault, Strike } from './relay-fault.ts';

/** Called with how bytes fared: `true` once the kernel has taken them. */
export type Taken = (taken: boolean) => void;

/** Who is to be told of bytes that do not cross. */
export interface Swallower {
  readonly id: string;
  readonly swallowed: { request: number; response: number };
}

/** What one direction of a connection asks of the connection and the relay around it. */
export interface FlowHost {
  readonly direction: MessageDirection;
  now(): number;
  after(ms: number, act: () => void): () => void;
  /** No fault is about bytes of this direction: they may pass before anybody looks at them. */
  quiet(): boolean;
  /** No fault waits for this message, or for a byte of it, as far as its head says; undefined: the rest of a message. */
  passes(head: Uint8Array | undefined): boolean;
  /** A fault heals on a message of some kind, so that each must be read as it comes. */
  listens(): boolean;
  /** True when an armed fault waits for a message. */
  concerns(): boolean;
  /** Shows a complete, held message to the faults. */
  judge(message: DialogueMessage | undefined, bytes: number, aside: boolean): readonly Strike[];
  /** Shows bytes `from` to `to` of the direction to faults that wait for one of them. */
  judgeTotal(from: number, to: number): readonly Strike[];
  judgeClose(): readonly Strike[];
  /** A fault that lets the whole stream stand still, the first time that it is met here: until when. */
  stall(): Hold | undefined;
  /** Faults on the whole stream. */
  standing(): readonly RelayFault[];
  /**
   * Does what the strike does to path or connection; what comes back is waited for. Ends may be swallowed afterwards.
   * @param since when what waits was there; default: now
   */
  act(strike: Strike, since?: number): Hold | undefined;
  decode(frame: Uint8Array): DialogueMessage | undefined;
  /** Writes a message down that was read, and lets faults heal on it. */
  heard(message: DialogueMessage, bytes: number, note: string | undefined): void;
  /** Writes bytes down that were handed on and are one whole message. */
  crossed(frame: Uint8Array): void;
  /** Writes bytes down that were handed on. */
  handedOn(bytes: Uint8Array): void;
  /** Writes a message down that nobody has to read now. */
  passed(frame: Uint8Array, note: string | undefined): void;
  swallowed(bytes: Uint8Array): void;
  note(text: string): void;
}
