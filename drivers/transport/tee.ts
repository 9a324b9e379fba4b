import type { PlaneName, Recorder } from '../../rig/model/event.ts';

export type Direction = 'in' | 'out';

/** Where a byte stream writes down what crossed the wire, before anything parses it. */
export interface Tee {
  bytes(dir: Direction, chunk: Uint8Array): void;
  /** Bytes that must not be shown are about to leave: what was recorded before them must be safe. */
  unseen(): void;
  /** Bytes that must not be shown: only how many there were in a whole withheld stretch. */
  withheld(dir: Direction, count: number, reason: string): void;
  link(state: 'open' | 'lost' | 'closed', detail?: string): void;
}

/** A tee into the journal. `stream` names the stream within its plane, e.g. `gantry`. Masking is the recorder's. */
export function teeInto(recorder: Recorder, plane: PlaneName, stream: string): Tee {
  return {
    bytes: (dir, chunk) =>
      recorder.record({
        type: 'bytes',
        plane,
        stream,
        dir,
        hex: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('hex'),
        count: chunk.length,
      }),
    unseen: () => recorder.flush?.(),
    withheld: (dir, count, reason) =>
      recorder.record({ type: 'bytes', plane, stream, dir, hex: '', count, withheld: reason }),
    link: (state, detail) =>
      recorder.record({ type: 'link', plane, stream, state, ...(detail === undefined ? {} : { detail }) }),
  };
}
