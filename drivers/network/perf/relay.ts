import { loadCards, SHIPPED } from '../../../rig/bench/load.ts';
import { valueOrThrow } from '../../../rig/bench/load-issue.ts';
import { openJournal } from '../../../rig/journal/index.ts';
import { parseFault } from '../../../rig/model/fault-text.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { loadDialect } from '../../host/dialect.ts';
import { loadAccess, loadRegions } from '../regions.ts';
import { RelayPlane } from '../relay/plane.ts';

/**
 * The relay of the measurements, a program of its own: `relay.ts <port of the host> <folder of the journal | none>
 * [fault …]`, with a dialect and the faults armed. Says its port; ends with its standard input.
 */
const [to = '', folder = 'none', ...faults] = process.argv.slice(2);
const clock = makeClock(1);
const cards = valueOrThrow(loadCards(packaged(SHIPPED.cards))).value.cards;
const recorder =
  folder === 'none'
    ? { record: () => {}, attach: () => Promise.reject(new Error('nothing to attach')) as never }
    : openJournal(folder, { clock, cards });
const plane = await RelayPlane.open(
  {
    listen: { host: '127.0.0.1', port: 0 },
    to: { host: '127.0.0.1', port: Number(to) },
    dialect: loadDialect('unionpay-pos'),
    regions: loadRegions(),
    access: loadAccess(),
  },
  {
    clock,
    recorder,
    seed: 1,
    lost: (error) => {
      throw error;
    },
  },
);
for (const fault of faults) await plane.arm(parseFault(fault));
process.stdout.write(`${plane.address.port}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
