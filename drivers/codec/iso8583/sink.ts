import type { Blame } from '../../../rig/model/verdict.ts';
import { fail } from './fail.ts';
import type { FieldPlan } from './plan.ts';

export const ENCODER_BLAME: Blame = 'rig';

/** Bytes that frames share until the next slab is begun, like the pool of Node's `Buffer`. */
const SLAB = 16_384;

/**
 * Where frames of one dialect are written, one behind the other. A frame is a view of the slab, so that encoding copies
 * nothing; bytes of a frame are never written again once it was given away.
 */
export class Sink {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** Words of the bitmaps of the message that is being written. */
  readonly words = new Int32Array(6);
  /** The field that is being written, for errors. */
  field: FieldPlan | undefined;
  private start = 0;
  private readonly room: number;

  /** `room`: the most that may be written for one frame before its length is checked. */
  constructor(room: number) {
    this.room = room;
  }

  begin(): void {
    this.at = this.start;
    if (this.bytes.length - this.start < this.room) {
      this.bytes = new Uint8Array(Math.max(SLAB, this.room));
      this.at = 0;
      this.start = 0;
    }
  }

  /** The bytes since `begin`, which belong to the caller from now on. */
  finish(): Uint8Array {
    const frame = this.bytes.subarray(this.start, this.at);
    this.start = this.at;
    return frame;
  }

  get length(): number {
    return this.at - this.start;
  }

  /** CODEC_FIELD for the field being written. */
  refuse(expected: string): never {
    fail('CODEC_FIELD', ENCODER_BLAME, `${this.field?.label ?? 'field'}: expected ${expected}`);
  }

  copy(from: Uint8Array): void {
    this.bytes.set(from, this.at);
    this.at += from.length;
  }
}
