import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { type Figure, report } from '../../../rig/house/measure.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { loadDialect } from '../../host/dialect.ts';
import { loadAccess, loadRegions } from '../regions.ts';
import { RelayPlane } from '../relay/plane.ts';
import { dial, frameOf, hangUp, TestHost } from '../relay/testing/peers.ts';

/**
 * How exact a delay is, seen by the terminal: response held for so long, less what the same exchange takes without the
 * fault (median), less the time asked for; beside a timer of Node in the same turn of the measurement, which knows no network
 * and may be early. Idle, and with a busy program on every processor; other load of the machine is told, since it is in the figures. Fails
 * when a delay is early.
 */
const MS = [1, 5, 20, 50, 100, 300];
/** About so much wall time goes to each length. */
const WALL_MS = 2500;
const MOST = 200;

const host = await TestHost.start();
const response = frameOf({ mti: '0210', length: 200, fields: { '39': '00' } });
host.answer = (peer) => peer.socket.write(response);
const plane = await RelayPlane.open(
  {
    listen: { host: '127.0.0.1', port: 0 },
    to: host.address,
    dialect: loadDialect('unionpay-pos'),
    regions: loadRegions(),
    access: loadAccess(),
  },
  {
    clock: makeClock(1),
    recorder: {
      record: () => {},
      attach: () => {
        throw new Error('nothing to attach');
      },
    },
    seed: 1,
    lost: (error) => {
      throw error;
    },
  },
);
const terminal = await dial(plane.address);
const request = frameOf({ mti: '0200', length: 200 });

process.stdout.write(`load of the machine before: ${(loadavg()[0] ?? 0).toFixed(1)}\n`);
const figures: Figure[] = [];
let early = 0;
try {
  figures.push(...(await measure('idle')));
  const burners = cpus().map(() => spawn(process.execPath, ['-e', 'for (;;) {}'], { stdio: 'ignore' }));
  try {
    figures.push(...(await measure('both cores busy')));
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
    await Promise.all(burners.map((burner) => once(burner, 'close')));
  }
} finally {
  hangUp();
  await plane.close();
  await host.stop();
}
report(figures);
if (early > 0) throw new Error(`${early} delays were too short`);

async function exchange(): Promise<number> {
  const wanted = terminal.count + response.length;
  const since = performance.now();
  terminal.socket.write(request);
  await terminal.bytes(wanted);
  return performance.now() - since;
}

async function measure(load: string): Promise<Figure[]> {
  const plain: number[] = [];
  for (let i = 0; i < MOST; i++) plain.push(await exchange());
  const found: Figure[] = [];
  for (const ms of MS) {
    const fault = await plane.arm({
      at: 'response.leaving',
      do: 'delay',
      for: `${ms} ms`,
      nth: 1,
      times: 'always',
      heal: 'never',
    });
    const errors: number[] = [];
    const timers: number[] = [];
    const usual = at(plain, 0.5);
    for (let i = 0; i < Math.min(MOST, WALL_MS / ms); i++) {
      const took = await exchange();
      // Less than asked for cannot be an error of the measurement: what the exchange takes besides only adds.
      if (took < ms) early++;
      errors.push((took - usual - ms) * 1000);
      timers.push((await timer(ms)) * 1000);
    }
    await fault.heal();
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      found.push({
        name: `${load}, ${ms} ms: error ${name}`,
        value: at(errors, share),
        unit: 'µs',
        beside: { name: 'timer of Node', value: at(timers, share) },
      });
    }
  }
  return found;
}

/** How late a timer of Node is, ms. */
async function timer(ms: number): Promise<number> {
  const since = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return performance.now() - since - ms;
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
