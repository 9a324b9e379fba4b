import type { DriverContext, NetworkPlane } from '../../../../rig/bench/planes.ts';
import { Fault } from '../../../../rig/model/fault.ts';
import { parseFault } from '../../../../rig/model/fault-text.ts';
import { makeClock } from '../../../../rig/model/time.ts';
import { frameOf, TestHost, TestRecorder } from '../../relay/testing/peers.ts';
import { kernel } from '../index.ts';

/** A host, the kernel plane in front of it, and what it told its journal. */
export interface TestPath {
  readonly host: TestHost;
  readonly plane: NetworkPlane;
  readonly recorder: TestRecorder;
  /** Arms a fault written in one line, on the kernel layer. */
  arm(text: string): ReturnType<NetworkPlane['arm']>;
  close(): Promise<void>;
}

export const RESPONSE = frameOf({ mti: '0210', length: 200 });
export const REQUEST = frameOf({ mti: '0200', length: 200 });

/** The table that a plane writes. */
export const tableOf = (plane: NetworkPlane): string => plane.facts['table'] ?? '';

/** The host answers every request with the same 200 bytes. */
export async function openPath(
  options: Readonly<Record<string, unknown>> = {},
  signal = new AbortController().signal,
): Promise<TestPath> {
  const host = await TestHost.start();
  host.answer = (peer) => peer.socket.write(RESPONSE);
  const recorder = new TestRecorder();
  const context = {
    clock: makeClock(1),
    recorder,
    seed: 1,
    resolve: (path: string) => path,
    signal,
    lost: (error: Error) => recorder.record({ type: 'note', level: 'warning', text: error.message }),
  } as unknown as DriverContext;
  const stated = {
    listen: '127.0.0.1:0',
    to: `127.0.0.1:${host.address.port}`,
    dialect: 'unionpay-pos',
    ...options,
  };
  const plane = await kernel.open(kernel.options.parse(stated), context).catch(async (error) => {
    await host.stop();
    throw error;
  });
  return {
    host,
    plane,
    recorder,
    arm: (text) => plane.arm(Fault.parse({ ...parseFault(text), layer: 'kernel' })),
    close: async () => {
      await plane.close();
      await host.stop();
    },
  };
}
