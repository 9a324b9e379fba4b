import { createServer } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';
import type { Region } from '../../../rig/model/region.ts';

/**
 * Asks the kernel whether this machine may send from the region's address.
 * @throws NETWORK_REGION, blame bench, when it may not
 */
export function checkEgress(region: Region): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause) =>
      reject(
        new RigError(
          'NETWORK_REGION',
          'bench',
          `this machine has no address ${region.egress}, from which the terminal in ${region.id} should be seen`,
          {
            cause,
            hint: `Give it to an interface (Linux: ip address add ${region.egress}/32 dev lo), or name another address in the region file.`,
          },
        ),
      ),
    );
    probe.listen({ host: region.egress, port: 0 }, () => probe.close(() => resolve()));
  });
}
