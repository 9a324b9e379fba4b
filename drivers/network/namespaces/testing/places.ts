import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
