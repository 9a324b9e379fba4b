import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DriverModule } from '../../../../rig/bench/manifest.ts';
import { makeClock } from '../../../../rig/model/time.ts';
import { takeInventory } from '../../kernel/inventory.ts';
import { openPath, RESPONSE, type TestPath } from '../../kernel/testing/path.ts';
import { TestHost } from '../../relay/testing/peers.ts';
import { networkNamespaces } from '../index.ts';
import { type Dialler, openDialler } from './dialler.ts';

type Context = Parameters<DriverModule['open']>[1];

/** What the terminal dials. */
export const [HOST, HOST6, PORT] = ['203.0.113.10', '2001:db8::10', 8583] as const;

const ACCESS = `version: 1
access:
  - { id: near, title: { en: near, zh: 近 }, rtt: 0, source: { kind: chosen, from: test } }
  - { id: far, title: { en: far, zh: 远 }, rtt: 120, source: { kind: chosen, from: test } }
  - { id: thin, title: { en: thin, zh: 窄 }, rtt: 0, up: 80, down: 80, source: { kind: chosen, from: test } }
  - { id: lossy, title: { en: lossy, zh: 丢 }, rtt: 0, loss: 100, source: { kind: chosen, from: test } }
`;
const REGIONS = `version: 1
regions:
  - { id: here, title: { en: Here, zh: 此 }, egress: 127.0.0.11, rtt: 0, source: { kind: chosen, from: test } }
  - { id: there, title: { en: There, zh: 彼 }, egress: 127.0.0.12, rtt: 0, source: { kind: chosen, from: test } }
  - { id: yonder, title: { en: Yonder, zh: 远方 }, egress: 127.0.0.13, rtt: 0, entry: second, source: { kind: chosen, from: test } }
`;

/** Files with the places of the tests: three regions, the last of which has an entry point of its own, and access networks that are near, far, thin and lossy. */
export const PLACES = writePlaces();

function writePlaces(): { readonly regions: string; readonly access: string } {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-line-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [regions, access] = [join(folder, 'regions.yaml'), join(folder, 'access.yaml')];
  writeFileSync(regions, REGIONS);
  writeFileSync(access, ACCESS);
  return { regions, access };
}

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
