import type { Manifest } from '../../rig/bench/manifest.ts';
import { declareDecode } from './decode-verb.ts';
import { declareTill } from './till-declare.ts';

/** Till protocols that ship as files and have a driver of their own name. */
const SHIPPED: Readonly<Record<string, string>> = {
  transbank: 'a till on the terminal by Transbank POS Integrado, over a serial line',
  ecr17: 'a till on the terminal by ECR17 (Nexi), over TCP or a serial line',
  concert: 'a till on the terminal by Concert E+, over a serial line',
  'caisse-ap': 'a till on the terminal by Caisse-AP (Concert V3), over TCP or a serial line',
};

/** What the till link adds to posrig: drivers, and the verbs `till` and `decode`. */
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
    {
      name: 'till-status',
      plane: 'display',
      summary: 'what the terminal tells its till, for benches without camera and screen reader',
      load: () => import('./till-status.ts'),
    },
    ...Object.entries(SHIPPED).map(([name, summary]) => ({
      name,
      plane: 'till' as const,
      summary,
      load: async () => (await import('./ecr/driver.ts')).tillDriver(name),
    })),
    {
      name: 'till-file',
      plane: 'till',
      summary: 'a till on the terminal by a protocol that a file describes',
      load: async () => (await import('./ecr/driver.ts')).tillDriver(),
    },
  ],
  doctor: [async () => (await import('./tshark.ts')).examineTshark('limited')()],
  declare: declareTill,
  declareDecode,
};
