import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { type Figure, report } from '../../../rig/house/measure.ts';
import { dial, frameOf, hangUp } from '../relay/testing/peers.ts';
import { type Contender, Contenders } from './contenders.ts';
import { perfPeers } from './peers.ts';

/**
 * How exact a delay is, seen by the terminal: so much later than asked for came the response, the rest of the exchange and
 * all; beside the best method to hold bytes that is known (`held-pipe.ts`), which reads nothing and keeps no evidence.
 * `posrig relay` as built, a process for each length. In turn, in one run: idle, and with a busy program on every processor;
 * other load of the machine is told, since it is in the figures. Fails when a delay is early.
 */
const MS = [1, 5, 20, 50, 100, 300];
/** About so much wall time goes to each length. */
const WALL_MS = 5000;
const MOST = 200;

const request = frameOf({ mti: '0200', length: 200 });
const response = frameOf({ mti: '0210', length: 200, fields: { '39': '00' } });

type Terminal = Awaited<ReturnType<typeof dial>>;
/** What holds responses, by length. */
type Held = ReadonlyMap<number, Terminal>;

const contenders = new Contenders(await perfPeers());
process.stdout.write(`load of the machine before: ${(loadavg()[0] ?? 0).toFixed(1)}\n`);
const figures: Figure[] = [];
let early = 0;
try {
  const host = await contenders.echo(request.length, response);
  const relays = await held((ms) =>
    contenders.relay(host.port, '--fault', `delay@response.leaving for=${ms}ms times=always`),
  );
  const pipes = await held((ms) => contenders.heldPipe(host.port, ms));
  figures.push(...(await measure('idle', relays, pipes)));
  const burners = cpus().map(() => spawn(process.execPath, ['-e', 'for (;;) {}'], { stdio: 'ignore' }));
  try {
    figures.push(...(await measure('both cores busy', relays, pipes)));
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
    await Promise.all(burners.map((burner) => once(burner, 'close')));
  }
} finally {
  hangUp();
  contenders.stop();
}
report(figures);
if (early > 0) throw new Error(`${early} delays were too short`);

async function held(start: (ms: number) => Promise<Contender>): Promise<Held> {
  const found = new Map<number, Terminal>();
  for (const ms of MS) {
    const { port } = await start(ms);
    found.set(ms, await dial({ host: '127.0.0.1', port }));
  }
  return found;
}

/** How long an exchange takes, wall ms. */
async function exchange(by: Held, ms: number): Promise<number> {
  const terminal = by.get(ms);
  if (!terminal) throw new Error(`nothing holds for ${ms} ms`);
  const wanted = terminal.count + response.length;
  const since = performance.now();
  terminal.socket.write(request);
  await terminal.bytes(wanted);
  return performance.now() - since;
}

async function measure(load: string, relays: Held, pipes: Held): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const ms of MS) {
    const errors = { relay: [] as number[], pipe: [] as number[] };
    for (let i = 0; i < Math.min(MOST, WALL_MS / 2 / ms); i++) {
      const took = await exchange(relays, ms);
      // Less than asked for cannot be an error of the measurement: what the exchange takes besides only adds.
      if (took < ms) early++;
      errors.relay.push((took - ms) * 1000);
      errors.pipe.push(((await exchange(pipes, ms)) - ms) * 1000);
    }
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      found.push({
        name: `${load}, ${ms} ms: error ${name}`,
        value: at(errors.relay, share),
        unit: 'µs',
        beside: { name: 'best method', value: at(errors.pipe, share) },
      });
    }
  }
  return found;
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
