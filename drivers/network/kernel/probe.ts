import { readFile } from 'node:fs/promises';
import { attempt } from './command.ts';

/** What the kernel layer and the packet engine may need; each is tried, none is assumed. */
export const POWERS = {
  namespace: 'a network namespace of our own',
  'net-admin': 'CAP_NET_ADMIN where posrig runs',
  ip: 'the program ip',
  ss: 'the program ss',
  nft: 'the program nft and nftables in the kernel',
  'nft-payload': 'nft rules that look into the payload of TCP and mark the connection',
  'nft-reset': 'nft rules that answer with a TCP reset',
  'nft-nat': 'nft rules that translate destinations',
  veth: 'pairs of virtual interfaces',
  tproxy: 'nft rules that take packets as they are (TPROXY) and a python3 that opens the socket for it',
  'local-route': 'local routes for addresses that no interface has',
  'policy-routing': 'routing by source address',
  tbf: 'the token bucket of tc',
  netem: 'netem in the kernel and the program tc',
  tun: 'a TUN device and a helper that opens it',
} as const;
export type Power = keyof typeof POWERS;

/** A power is there when `why` is absent; otherwise `why` says what was tried and what came of it. */
export interface Finding {
  readonly ok: boolean;
  readonly why?: string;
}

export interface KernelPowers {
  readonly found: Readonly<Record<Power, Finding>>;
  /** How a network namespace of our own is entered: words in front of a command. Empty when none can be had. */
  readonly enter: readonly string[];
}

/**
 * Everything is tried in one namespace that vanishes with the shell that tries it, so nothing of the machine changes. A
 * line `name ok` or `name no reason` comes back for each.
 */
const TRIALS = `
try() { name=$1; shift; if out=$("$@" 2>&1 </dev/null); then echo "$name ok"; else echo "$name no $(echo "$out" | head -n 1)"; fi; }
rules() { echo "$1" | nft -f -; }
try ip ip link set lo up
try ss ss -Htin
try veth ip link add posrig-p0 type veth peer name posrig-p1
ip address add 192.0.2.1/24 dev posrig-p0 2>/dev/null; ip link set posrig-p0 up 2>/dev/null
try local-route ip route add local 203.0.113.10/32 dev lo
try policy-routing ip rule add from 198.51.100.7 lookup 7301
try tbf tc qdisc add dev posrig-p0 root tbf rate 1mbit burst 16kb latency 50ms
tc qdisc del dev posrig-p0 root 2>/dev/null
try netem tc qdisc add dev posrig-p0 root netem delay 10ms
table='table inet posrig-probe { chain c { type filter hook prerouting priority -310;'
try nft rules "$table tcp dport 7 counter drop; }; }"
try nft-payload rules "$table tcp dport 7 @ih,16,16 0x0210 ct mark set 7; }; }"
try nft-reset rules 'table inet posrig-probe2 { chain c { type filter hook input priority 0; tcp dport 7 reject with tcp reset; }; }'
try nft-nat rules 'table ip posrig-probe3 { chain c { type nat hook prerouting priority -100; tcp dport 7 dnat to 127.0.0.1:7; }; }'
transparent() { rules 'table ip posrig-probe4 { chain c { type filter hook prerouting priority -150; tcp dport 7 tproxy to 127.0.0.1:7 accept; tcp dport 7 reject with tcp reset; }; }' &&
python3 -c 'import socket;socket.socket().setsockopt(0, 19, 1)'; }
try tproxy transparent
try tun python3 -c 'import fcntl,os,struct
f=os.open("/dev/net/tun",os.O_RDWR)
fcntl.ioctl(f,0x400454ca,struct.pack("16sH",b"posrig-t0",0x1001))'
`;

/** Ways into a network namespace, the plain one first. */
const WAYS_IN: readonly (readonly string[])[] = [
  ['unshare', '-n'],
  ['unshare', '-Urn'],
];

let once: Promise<KernelPowers> | undefined;

/** What {@link tryPowers} found, tried once in the life of the process. */
export function probeKernel(): Promise<KernelPowers> {
  once ??= tryPowers();
  return once;
}

/** Tries now what this machine can do (about 0.3 s). Changes nothing. */
export async function tryPowers(): Promise<KernelPowers> {
  if (process.platform !== 'linux') return without(`this is ${process.platform}, not Linux`);
  let refused = '';
  for (const enter of WAYS_IN) {
    const [program = '', ...args] = enter;
    const trial = await attempt(program, [...args, 'sh', '-c', TRIALS], { deadlineWallMs: 20_000 });
    if (!trial.ok) {
      refused = trial.stderr;
      continue;
    }
    const lines = readTrials(trial.stdout);
    const found = Object.fromEntries(
      (Object.keys(POWERS) as Power[]).map((power) => [
        power,
        lines.get(power) ?? { ok: false, why: 'not tried' },
      ]),
    ) as Record<Power, Finding>;
    found.namespace = { ok: true };
    found['net-admin'] = await netAdmin();
    return { found, enter };
  }
  return without(`no network namespace can be made here: ${refused}`);
}

/** What the shell said of each trial, by name. */
export function readTrials(text: string): ReadonlyMap<string, Finding> {
  const found = new Map<string, Finding>();
  for (const line of text.split('\n')) {
    const match = /^([a-z-]+) (ok|no)(?: (.*))?$/.exec(line);
    if (!match) continue;
    const [, name = '', verdict, why] = match;
    found.set(name, verdict === 'ok' ? { ok: true } : { ok: false, why: why || 'it failed without a word' });
  }
  return found;
}

/** Bit 12 of the effective capabilities is CAP_NET_ADMIN (capabilities(7)). */
async function netAdmin(): Promise<Finding> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0';
  if ((BigInt(`0x${effective}`) & (1n << 12n)) !== 0n) return { ok: true };
  return { ok: false, why: 'this user is neither root nor has CAP_NET_ADMIN' };
}

function without(why: string): KernelPowers {
  const found = Object.fromEntries(Object.keys(POWERS).map((power) => [power, { ok: false, why }]));
  return { found: found as Record<Power, Finding>, enter: [] };
}

/** Why not all of these powers are there; undefined when they are. */
export function lacks(powers: KernelPowers, wanted: readonly Power[]): string | undefined {
  const missing = wanted.filter((power) => !powers.found[power].ok);
  if (missing.length === 0) return undefined;
  return missing.map((power) => `${POWERS[power]} (${powers.found[power].why})`).join('; ');
}
