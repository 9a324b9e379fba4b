import type { Capability } from '../../../rig/bench/manifest.ts';
import { type KernelPowers, type Power, tryPowers } from './probe.ts';

interface Subject {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly power: Power;
  readonly package?: string;
  readonly remedy?: string;
}

const SUBJECTS: readonly Subject[] = [
  {
    id: 'net-namespace',
    title: 'Network namespaces',
    purpose:
      'tests of the kernel layer and a path of its own for the packet engine, without touching the machine',
    power: 'namespace',
    remedy: 'sudo sysctl kernel.unprivileged_userns_clone=1   # or run as root',
  },
  {
    id: 'net-admin',
    title: 'Administration of the network',
    purpose: 'driver `kernel` of the network plane; without it: driver `relay`, or a namespace of our own',
    power: 'net-admin',
    remedy: 'run as root, or: unshare -Urn sh -c "ip link set lo up && posrig run …"',
  },
  {
    id: 'iproute2',
    title: 'ip and ss',
    purpose: 'regions with routes of their own, and what TCP believes (unacknowledged bytes)',
    power: 'ip',
    package: 'iproute2',
  },
  {
    id: 'nftables',
    title: 'nftables',
    purpose: 'packet faults: blackhole, reset, half-open, MTU black hole, loss, rules by message type',
    power: 'nft',
    package: 'nftables',
  },
  {
    id: 'nft-payload',
    title: 'nftables: payload and mark',
    purpose: 'faults that the kernel itself sets off at a message type, plaintext only',
    power: 'nft-payload',
  },
  {
    id: 'tproxy',
    title: 'TPROXY',
    purpose:
      'a terminal keeps its configured host address without translation (terminal: { by: tproxy }); opened by python3',
    power: 'tproxy',
    package: 'python3-minimal',
  },
  { id: 'tbf', title: 'Token bucket (tc tbf)', purpose: 'rate of a region by packets', power: 'tbf' },
  {
    id: 'netem',
    title: 'netem (tc)',
    purpose: 'delay and loss in the kernel; the packet engine does the same without it',
    power: 'netem',
  },
  {
    id: 'tun',
    title: 'TUN device',
    purpose: 'packet engine: handshake delay, burst loss, reordering, duplicates, opened by python3',
    power: 'tun',
    package: 'python3-minimal',
  },
];

/** What this machine has for the kernel layer and the packet engine. Missing counts what setup can bring. */
export async function examineKernel(): Promise<readonly Capability[]> {
  return capabilitiesOf(await tryPowers());
}

/** The findings as `doctor` shows them. */
export function capabilitiesOf(powers: KernelPowers): readonly Capability[] {
  return SUBJECTS.map((subject) => {
    const about = { id: subject.id, title: subject.title, purpose: subject.purpose };
    const { ok, why = '' } = powers.found[subject.power];
    if (ok) return { ...about, state: 'ok', found: foundOf(subject.power, powers) };
    const absent = subject.package !== undefined && /not found|No such file or directory: '?python/.test(why);
    if (absent) {
      const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
      return {
        ...about,
        state: 'missing',
        found: 'not found',
        remedy: `${sudo}apt-get install -y ${subject.package}`,
        package: subject.package,
      };
    }
    return {
      ...about,
      state: 'limited',
      found: `tried, and: ${why}`,
      ...(subject.remedy === undefined ? {} : { remedy: subject.remedy }),
    };
  });
}

function foundOf(power: Power, powers: KernelPowers): string {
  if (power === 'namespace') return `entered with \`${powers.enter.join(' ')}\``;
  if (power === 'net-admin') return 'this process has CAP_NET_ADMIN';
  return 'tried in a namespace of its own: works';
}
