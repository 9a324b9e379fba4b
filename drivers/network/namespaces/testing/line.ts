import assert from 'node:assert/strict';
import type { DriverModule } from '../../../../rig/bench/manifest.ts';
import { makeClock } from '../../../../rig/model/time.ts';
import { takeInventory } from '../../kernel/inventory.ts';
import { openPath, RESPONSE, type TestPath } from '../../kernel/testing/path.ts';
import { TestHost } from '../../relay/testing/peers.ts';
import { networkNamespaces } from '../index.ts';
import { type Dialler, openDialler } from './dialler.ts';
import { PLACES } from './places.ts';

type Context = Parameters<DriverModule['open']>[1];

/** What the terminal dials. */
export const [HOST, HOST6, PORT] = ['203.0.113.10', '2001:db8::10', 8583] as const;

/** A terminal in a network namespace of its own, the path from it, and the host behind that. */
export interface TestLine {
  readonly service: Awaited<ReturnType<typeof networkNamespaces.open>>;
  readonly terminal: Dialler;
  readonly path: TestPath;
  /** The acquirer's other entry point, which the region `yonder` reaches. */
  readonly second: TestHost;
  /** Closes all and checks that nothing of it is left on the machine. */
  close(): Promise<void>;
}

/** @param six whether terminal and host speak IPv6 */
export async function openLine(shaping: string, six = false): Promise<TestLine> {
  const service = await networkNamespaces.open({}, { clock: makeClock(1) } as Context);
  const { interface: name, terminal: ours, path: through, exit, subnet, rig, rig6 } = service.facts;
  const terminal = openDialler(ours ?? '');
  const second = await TestHost.start();
  second.answer = (peer) => peer.socket.write(RESPONSE);
  const path = await openPath({
    entries: { second: `127.0.0.1:${second.address.port}` },
    ...PLACES,
    listen: `${six ? rig6 : rig}:0`,
    terminal: { interface: name, dials: six ? `[${HOST6}]:${PORT}` : `${HOST}:${PORT}` },
    path: { terminal: ours, through, exit, subnet, shaping },
  });
  return {
    service,
    terminal,
    path,
    second,
    async close() {
      await terminal.close();
      await path.close();
      await second.stop();
      await service.close();
      assert.deepEqual(await takeInventory(), []);
    },
  };
}
