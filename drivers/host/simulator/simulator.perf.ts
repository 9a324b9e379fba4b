import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Figure, report } from '../../../rig/house/measure.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { Deframer, decodeMessage, encodeMessage, encryptPin, packTotals } from '../../codec/iso8583/index.ts';
import { cards, dialect, keys, MAK } from '../testing/terminal.ts';

/**
 * Measures the simulator as a process of its own over loopback TCP: so many terminals, each on a line of its own, and in
 * each round each terminal signs on, sells and settles. `node --import tsx drivers/host/simulator/simulator.perf.ts
 * [terminals] [rounds] [requests in flight]`.
 */
export interface SimulatorFigures {
  readonly terminals: number;
  readonly rounds: number;
  readonly inFlight: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Request written to answer read, ms. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** Resident memory of the simulator, MB: before the first terminal, and after each round. */
  readonly startMb: number;
  readonly roundMb: readonly number[];
}

/** The simulator's heap has a ceiling, so that garbage which nobody had to collect yet does not pass for memory in use. */
const HEAP = '--max-old-space-size=96';

/** Runs the measurement; bounded: throws when an answer stays out for ten seconds or is not an approval. */
export async function measureSimulator(
  { terminals = 1000, rounds = 14, inFlight = 32 } = {},
  node: readonly string[] = process.execArgv,
): Promise<SimulatorFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-perf-'));
  const ids = Array.from({ length: terminals }, (_, i) => String(40_000_000 + i));
  const keyFile = join(folder, 'keys.yaml');
  writeFileSync(keyFile, JSON.stringify(keyFileOf(ids)), { mode: 0o600 });
  const child = spawn(
    process.execPath,
    [...node, HEAP, packaged('drivers/host/testing/verbs.ts'), 'host', '--quiet', '--keys', keyFile],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const port = await portOf(child);
    const startMb = residentMb(child);
    const lines = await Promise.all(ids.map(() => Line.open(port)));
    const times: number[] = [];
    const roundMb: number[] = [];
    let busyMs = 0;
    for (let round = 1; round <= rounds; round++) {
      const work = ids.map((id, i) => conversation(id, i, round));
      const from = performance.now();
      await inTurns(inFlight, terminals, async (i) => {
        for (const frame of work[i] ?? []) times.push(await (lines[i] as Line).ask(frame));
      });
      busyMs += performance.now() - from;
      roundMb.push(residentMb(child));
    }
    for (const line of lines) line.close();
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    return {
      terminals,
      rounds,
      inFlight,
      requests: times.length,
      requestsPerSecond: (times.length / busyMs) * 1000,
      p50: at(0.5),
      p99: at(0.99),
      longest: at(1),
      startMb,
      roundMb,
    };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ten terminals a merchant. */
const merchantOf = (i: number) => `8983204${String(Math.floor(i / 10)).padStart(8, '0')}`;

const keyFileOf = (ids: readonly string[]) => ({
  version: 1,
  terminals: ids.map((id, i) => ({
    'terminal-id': id,
    'merchant-id': merchantOf(i),
    'merchant-name': `shop ${i}`,
    home: 'wuxi',
    tmk: '11'.repeat(16),
  })),
  'working-keys': { pik: '22'.repeat(16), mak: '33'.repeat(8) },
});

async function portOf(child: ChildProcess): Promise<number> {
  if (!child.stdout) throw new Error('the simulator has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /listening on .*:(\d+)$/.exec(line)?.[1];
    if (port) return Number(port);
  }
  throw new Error('the simulator ended before it listened');
}

/** Resident memory from /proc, MB; NaN on systems without it. */
function residentMb(child: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Sign-on, sale with PIN and MAC, settlement that balances: made before the clock runs. */
function conversation(id: string, i: number, round: number): Uint8Array[] {
  const card = cards[i % cards.length];
  if (!card) throw new Error('there are no cards');
  const batch = String(round).padStart(6, '0');
  const own = { '41': id, '42': merchantOf(i) };
  const minor = 100 + i;
  const money = (amount: number) => ({ minor: amount, currency: 'CNY' });
  const totals = { debit: money(minor), debitCount: 1, credit: money(0), creditCount: 0 };
  const frame = (mti: string, fields: Record<string, string | Uint8Array>, mac = false) =>
    encodeMessage(
      dialect,
      { mti, tpdu: '6000030000', header: '603100000000', fields: { ...own, ...fields } },
      mac ? { mak: MAK } : {},
    );
  const sale = {
    '2': card.pan,
    '3': '000000',
    '4': String(minor).padStart(12, '0'),
    '11': '000002',
    '22': '051',
    '25': '00',
    '26': '12',
    '49': '156',
    '52': encryptPin(keys.working.pik, card.pin, card.pan),
    '53': '2600000000000000',
    '60': `22${batch}00060`,
  };
  return [
    frame('0800', { '11': '000001', '60': `00${batch}003` }),
    frame('0200', sale, true),
    frame('0500', { '11': '000003', '48': packTotals(totals), '49': '156', '60': `00${batch}201` }),
  ];
}

/** One terminal's line: one request at a time. */
class Line {
  private readonly socket: Socket;
  private readonly deframer = new Deframer(dialect);
  private wanted: ((frame: Uint8Array) => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    // A line that breaks is told by the answer that stays out.
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const frame of this.deframer.push(chunk)) this.wanted?.(frame);
    });
  }

  static async open(port: number): Promise<Line> {
    const socket = connect({ host: '127.0.0.1', port, localAddress: '127.5.10.1', noDelay: true });
    await once(socket, 'connect');
    return new Line(socket);
  }

  /** Ms until the answer was there; checked afterwards. */
  async ask(request: Uint8Array): Promise<number> {
    const from = performance.now();
    const frame = await new Promise<Uint8Array>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer within ten seconds')), 10_000);
      this.wanted = (found) => {
        clearTimeout(timer);
        resolve(found);
      };
      this.socket.write(request);
    });
    const ms = performance.now() - from;
    const { fields } = decodeMessage(dialect, frame);
    if (fields['39'] !== '00' || (fields['48.5'] ?? '1') !== '1') {
      throw new Error(`answered ${fields['39']}, settlement result ${fields['48.5'] ?? 'none'}`);
    }
    return ms;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Does `count` jobs, at most `most` at once. */
async function inTurns(most: number, count: number, job: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await job(next++);
  };
  await Promise.all(Array.from({ length: Math.min(most, count) }, worker));
}

/**
 * Figures for `npm run perf`. Memory is flat when the second half of the rounds adds next to nothing to the first.
 */
export function simulatorFigures(figures: SimulatorFigures): Figure[] {
  const { terminals, requestsPerSecond, p50, p99, longest, startMb, roundMb } = figures;
  const what = (name: string) => `${terminals} terminals: ${name}`;
  const halfway = roundMb[Math.floor((roundMb.length - 1) / 2)];
  return [
    { name: what('requests'), value: requestsPerSecond, unit: '/s' },
    { name: what('answer time p50'), value: p50, unit: 'ms' },
    { name: what('answer time p99'), value: p99, unit: 'ms' },
    { name: what('longest answer time'), value: longest, unit: 'ms' },
    { name: what('memory before the first one'), value: startMb, unit: 'MB' },
    {
      name: what('memory after the last round'),
      value: roundMb.at(-1) ?? Number.NaN,
      unit: 'MB',
      ...(halfway !== undefined && { beside: { name: 'half-way', value: halfway }, atMost: 1.25 }),
    },
  ];
}

/** Figures for people. */
export const simulatorReport = (figures: SimulatorFigures): string => {
  const { terminals, rounds, inFlight, requests, requestsPerSecond, p50, p99, longest, startMb, roundMb } =
    figures;
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  return [
    `simulator: ${terminals} terminals on lines of their own, ${rounds} rounds of sign-on, sale and settlement, ${inFlight} in flight`,
    `  ${requests} requests, ${Math.round(requestsPerSecond)} a second`,
    `  answer time p50 ${ms(p50)}, p99 ${ms(p99)}, longest ${ms(longest)}`,
    `  resident memory ${startMb.toFixed(0)} MB at start; after each round ${roundMb.map((mb) => mb.toFixed(0)).join(', ')} MB`,
  ].join('\n');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [terminals = 1000, rounds = 14, inFlight = 32] = process.argv.slice(2).map(Number);
  const figures = await measureSimulator({ terminals, rounds, inFlight });
  process.stdout.write(`${simulatorReport(figures)}\n`);
  report(simulatorFigures(figures));
}
