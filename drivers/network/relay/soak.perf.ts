import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { report } from '../../../rig/house/measure.ts';
import { soak } from './testing/soak.ts';

/** Ten thousand connects, faults and heals through one relay: what is left over of sockets, timers and memory. */
setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc');
const COUNT = Number(process.env['POSRIG_PERF_SOAK'] ?? 10_000);
const began = process.hrtime.bigint();
const { resources, heap, proved } = await soak(COUNT);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
report([
  { name: 'connects, faults and heals', value: proved, unit: '' },
  { name: 'a second', value: proved / seconds, unit: '/s' },
  { name: 'sockets and timers left over', value: resources, unit: '' },
  { name: 'heap left over', value: (heap ?? 0) / 1024, unit: 'KiB' },
]);
if (resources > 4 || (heap ?? 0) > 8 * 1024 * 1024) {
  process.stderr.write('the relay leaks\n');
  process.exitCode = 1;
}
