import type { Manifest } from '../../rig/bench/manifest.ts';
import { declareDecode } from './decode-verb.ts';
import { declareTill } from './till-declare.ts';

/** What the till link adds to posrig: the driver `zvt`, and the verbs `till` and `decode zvt`. */
export const till: Manifest = {
  drivers: [
    {
      name: 'zvt',
      plane: 'till',
      summary: 'a till on the terminal by ZVT, over a serial line or TCP',
      load: () => import('./zvt/driver.ts'),
    },
    {
      name: 'till-receipts',
      plane: 'printer',
      summary: 'receipts that the terminal sends to its till as text, for terminals without a printer',
      load: () => import('./till-printer.ts'),
    },
  ],
  doctor: [async () => (await import('./tshark.ts')).examineTshark('limited')()],
  declare: declareTill,
  declareDecode,
};
