import assert from 'node:assert/strict';
import type { EventBody, Recorder } from '../../../../rig/model/event.ts';
import { dial, frameOf, type Peer, TestRecorder } from './peers.ts';
import { RelayRig } from './relay-rig.ts';

const SALE = frameOf({ mti: '0200' });
const APPROVAL = frameOf({ mti: '0210', fields: { '39': '00' } });

/** One of every sort: those that end a connection, those that hold it, those that change bytes, those at other points. */
const FAULTS = [
  'cut@response.byte(17)',
  'reset@request.byte(40)',
  'fin@response.byte(60)',
  'half-open@response.leaving',
  'stall@response.byte(30) for=20ms',
  'delay@request.leaving for=20ms',
  'truncate@response.byte(60)',
  'corrupt@response.byte(40) bit=3',
  'duplicate@response.leaving',
  'split@response.leaving bytes=50',
  'bandwidth@response rate=10Mbit/s',
  'accept-then-silence@connect',
  'cut@response.total(100) heal=1s',
  'reorder@response.leaving for=10ms',
];

/** Keeps only what is being waited for: a run of ten thousand faults must not be measured by its own diary. */
class Forgetful extends TestRecorder implements Recorder {
  override record(event: EventBody): void {
    if (this.events.length > 200) this.events.splice(0, 100);
    super.record(event);
  }
}

export interface Soaked {
  /** Sockets, timers and the like that are open more than after the warm-up. */
  readonly resources: number;
  /** Heap more than after the warm-up, bytes; undefined unless node was started with --expose-gc. */
  readonly heap: number | undefined;
  readonly proved: number;
}

/** Connects, faults and heals `count` times through one relay; a tenth more before, as a warm-up. */
export async function soak(count: number): Promise<Soaked> {
  const rig = await RelayRig.open({}, new Forgetful());
  const met = new WeakSet<Peer>();
  rig.host.answer = (peer, chunk) => {
    if (!met.has(peer)) peer.socket.on('end', () => peer.socket.destroy());
    met.add(peer);
    // The last byte of a request, however it came.
    if (peer.count % 200 === 0 && chunk.length > 0) peer.socket.write(APPROVAL);
  };
  try {
    await rounds(rig, Math.ceil(count / 10));
    const before = await standing();
    const proved = await rounds(rig, count);
    const after = await standing();
    return {
      resources: after.resources - before.resources,
      heap: after.heap === undefined || before.heap === undefined ? undefined : after.heap - before.heap,
      proved,
    };
  } finally {
    await rig.close();
  }
}

async function rounds(rig: RelayRig, count: number): Promise<number> {
  let proved = 0;
  for (let i = 0; i < count; i++) {
    const text = FAULTS[i % FAULTS.length] ?? '';
    const fault = await rig.arm(text);
    const terminal = await dial(rig.relay.address);
    terminal.socket.write(SALE);
    await rig.struck(fault);
    // What passes by a time of its own is awaited, so that every fault can be proved.
    if (/^(reorder|stall|delay)/.test(text)) await terminal.bytes(200);
    const { state, summary } = await fault.heal();
    assert.equal(state, text.startsWith('reorder') ? 'unknown' : 'in-force', summary);
    proved++;
    await hungUp(rig, terminal);
    rig.host.peers.length = 0;
  }
  await rig.host.settle();
  return proved;
}

/** A message that comes late on a connection of the past would set off the next fault: wait until it is gone. */
async function hungUp(rig: RelayRig, terminal: Peer): Promise<void> {
  terminal.socket.destroy();
  await terminal.until(() => terminal.log.includes('close'), 'the close');
  const last = `c${rig.relay.traffic().connections}`;
  await rig.recorder.saw(
    (event) => event.type === 'link' && event.stream === last && event.state === 'closed',
  );
}

async function standing(): Promise<{ readonly resources: number; readonly heap: number | undefined }> {
  // Closes of the last connections are on their way.
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  return {
    resources: process.getActiveResourcesInfo().length,
    heap: globalThis.gc ? process.memoryUsage().heapUsed : undefined,
  };
}
