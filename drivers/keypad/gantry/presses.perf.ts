import { report } from '../../../rig/house/measure.ts';
import { makeRandom } from '../../virtual/random.ts';
import { MACHINES, paceOf } from '../testing/pace.ts';

/**
 * Presses a minute of three machines, driver and virtual controller together over a line of 115200 bits per second, beside
 * the closed form: the way between keys, down and up, dwell, and 20 ms for the lines. In event time: a busy computer
 * changes nothing.
 */
const PRESSES = 60;

const figures = [];
for (const machine of MACHINES) {
  const { measured, closedForm } = await paceOf(machine, PRESSES, makeRandom(1));
  for (const bound of [{ atLeast: 0.95 }, { atMost: 1.05 }])
    figures.push({
      name: `presses a minute, ${machine.name}`,
      value: measured,
      unit: '/min',
      beside: { name: 'closed form', value: closedForm },
      ...bound,
    });
}
report(figures);
