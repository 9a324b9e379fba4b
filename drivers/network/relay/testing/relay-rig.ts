import type { ArmedFault } from '../../../../rig/bench/planes.ts';
import type { EventBody } from '../../../../rig/model/event.ts';
import { parseFault } from '../../../../rig/model/fault-text.ts';
import { type Clock, makeClock } from '../../../../rig/model/time.ts';
import { loadDialect } from '../../../host/dialect.ts';
import { loadAccess, loadRegions } from '../../regions.ts';
import type { RelayConfig } from '../config.ts';
import { RelayPlane } from '../plane.ts';
import { dial, hangUp, type Peer, TestHost, TestRecorder } from './peers.ts';

/** A relay between a terminal and a host of the test, with what it records. */
export class RelayRig {
  readonly clock: Clock;
  readonly recorder: TestRecorder;
  readonly host: TestHost;
  readonly relay: RelayPlane;
  readonly lost: Error[];

  private constructor(
    clock: Clock,
    recorder: TestRecorder,
    host: TestHost,
    relay: RelayPlane,
    lost: Error[],
  ) {
    this.clock = clock;
    this.recorder = recorder;
    this.host = host;
    this.relay = relay;
    this.lost = lost;
  }

  static async open(config: Partial<RelayConfig> = {}, recorder = new TestRecorder()): Promise<RelayRig> {
    const clock = makeClock(50);
    const lost: Error[] = [];
    const host = await TestHost.start();
    const relay = await RelayPlane.open(
      {
        listen: { host: '127.0.0.1', port: 0 },
        to: host.address,
        dialect: loadDialect('unionpay-pos'),
        regions: loadRegions(),
        access: loadAccess(),
        ...config,
      },
      { clock, recorder, seed: 7, lost: (error) => lost.push(error) },
    ).catch(async (error) => {
      await host.stop();
      throw error;
    });
    return new RelayRig(clock, recorder, host, relay, lost);
  }

  /** A fault in its one-line form. */
  arm(text: string): Promise<ArmedFault> {
    return this.relay.arm(parseFault(text));
  }

  /** A terminal and the host's end of its connection. */
  async connected(): Promise<{ readonly terminal: Peer; readonly peer: Peer }> {
    const before = this.host.peers.length;
    const terminal = await dial(this.relay.address);
    return { terminal, peer: await this.host.peer(before) };
  }

  /** Resolves when the fault has struck. */
  struck(fault: ArmedFault): Promise<void> {
    return this.recorder.saw(
      (event: EventBody) => event.type === 'fault' && event.phase === 'struck' && event.proof.id === fault.id,
    );
  }

  async close(): Promise<void> {
    hangUp();
    await this.relay.close();
    await this.host.stop();
    if (this.lost[0]) throw this.lost[0];
  }
}
