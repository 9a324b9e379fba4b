import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Figure, report } from '../../../rig/house/measure.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { loadDialect } from '../../host/dialect.ts';
import { loadAccess, loadRegions } from '../regions.ts';
import { RelayPlane } from '../relay/plane.ts';
import { dial, frameOf, hangUp } from '../relay/testing/peers.ts';

/**
 * Ten thousand rounds of connect, arm, strike, heal, close on one relay: what is left over. Fails when sockets or timers
 * are, or when memory grew. The first thousand warm up.
 */
const ROUNDS = 10_000;
const WARM_UP = 1_000;
/** The heap after a collection may have grown by so much: compiled code and pools of buffers settle late. */
const MOST_GROWTH = 4 * 1024 * 1024;

const FAULTS = [
  { do: 'cut', at: 'response.byte(17)' },
  { do: 'reset', at: 'response.leaving' },
  { do: 'cut', at: 'connect' },
  { do: 'fin', at: 'request.leaving' },
] as const;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const response = frameOf({ mti: '0210', length: 200, fields: { '39': '00' } });
/** The host keeps nothing of what is over, so that all that grows is the relay's. */
const host = createServer((socket) => {
  socket.on('data', () => socket.write(response));
  socket.on('error', () => {});
}).listen(0, '127.0.0.1');
await once(host, 'listening');
const plane = await RelayPlane.open(
  {
    listen: { host: '127.0.0.1', port: 0 },
    to: { host: '127.0.0.1', port: (host.address() as AddressInfo).port },
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
const request = frameOf({ mti: '0200', length: 200 });

interface Holdings {
  readonly sockets: number;
  readonly timers: number;
  readonly files: number;
  readonly heap: number;
}

async function holdings(): Promise<Holdings> {
  // Evidence that waits to be written is no leak, and neither is the timer that waits with it.
  while (plane.backlog > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  // Closing takes some turns of the loop on both sides.
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  collect();
  const active = process.getActiveResourcesInfo();
  return {
    sockets: active.filter((name) => name === 'TCPSocketWrap').length,
    timers: active.filter((name) => name === 'Timeout').length,
    files: readdirSync('/proc/self/fd').length,
    heap: process.memoryUsage().heapUsed,
  };
}

async function round(i: number): Promise<void> {
  const { do: action, at } = FAULTS[i % FAULTS.length] ?? FAULTS[0];
  const fault = await plane.arm({ do: action, at, nth: 1, heal: 'never' });
  const terminal = await dial(plane.address);
  terminal.socket.write(request);
  if (action !== 'cut') await terminal.gone();
  else if (at === 'response.byte(17)') await terminal.bytes(17);
  const { state } = await fault.heal();
  if (state !== 'in-force') throw new Error(`round ${i}: ${action} at ${at} was ${state}`);
  hangUp();
}

const since = performance.now();
let before: Holdings | undefined;
try {
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    if (i === WARM_UP) before = await holdings();
    await round(i);
  }
  const after = await holdings();
  const seconds = (performance.now() - since) / 1000;
  if (!before) throw new Error('unreachable');
  const figures: Figure[] = [
    { name: 'rounds', value: ROUNDS, unit: '' },
    { name: 'rounds a second', value: (WARM_UP + ROUNDS) / seconds, unit: '/s' },
    { name: 'sockets more than before', value: after.sockets - before.sockets, unit: '' },
    { name: 'timers more than before', value: after.timers - before.timers, unit: '' },
    { name: 'file descriptors more than before', value: after.files - before.files, unit: '' },
    {
      name: 'heap more than before',
      value: (after.heap - before.heap) / 1024,
      unit: 'KiB',
    },
  ];
  report(figures);
  const grown = after.heap - before.heap > MOST_GROWTH;
  if (after.sockets > before.sockets || after.timers > before.timers || after.files > before.files || grown) {
    throw new Error('something is left over');
  }
} finally {
  hangUp();
  await plane.close();
  host.close();
}
