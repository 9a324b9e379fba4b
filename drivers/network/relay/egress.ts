import { createServer, isIP } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';
import type { Region } from '../../../rig/model/region.ts';
import { type Endpoint, hostPort } from '../endpoint.ts';

/**
 * Asks the kernel whether this machine may send from the region's address, to where the acquirer is.
 * @throws NETWORK_REGION, blame bench, when it may not; blame file, when the two are of different families
 */
export async function checkEgress(region: Region, to: Endpoint): Promise<void> {
  const [from, towards] = [isIP(region.egress), isIP(to.host)];
  if (from !== 0 && towards !== 0 && from !== towards) {
    throw new RigError(
      'NETWORK_REGION',
      'file',
      `the terminal in ${region.id} is seen from ${region.egress}, an IPv${from} address, which cannot reach ${hostPort(to)}`,
      { hint: `Name an IPv${towards} address as egress in a region file of the lab, or an IPv${from} host.` },
    );
  }
  await mayUse(region);
}

function mayUse(region: Region): Promise<void> {
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
            hint: `Give it to an interface (Linux: ip address add ${region.egress}/${isIP(region.egress) === 6 ? 128 : 32} dev lo), or name another address in the region file.`,
          },
        ),
      ),
    );
    probe.listen({ host: region.egress, port: 0 }, () => probe.close(() => resolve()));
  });
}
