import { z } from 'zod';
import type { DriverModule } from '../../../rig/bench/manifest.ts';
import { Creation } from '../kernel/creation.ts';
import { reset } from '../kernel/inventory.ts';
import { needPowers } from '../kernel/needs.ts';
import { freeSubnet } from './subnet.ts';

type Opened = Awaited<ReturnType<DriverModule['open']>>;

const Options = z.strictObject({ driver: z.literal('network-namespaces').optional() });
type Options = z.infer<typeof Options>;

/**
 * Service `network-namespaces`: a network namespace for a terminal that is a program of this machine, and one that passes
 * its packets on to the rig. Between the two, the network plane puts one namespace for each place where the terminal is
 * (see `sites.ts`): until then the terminal has a network card without a cable.
 */
export const networkNamespaces: DriverModule<Opened, Options> = {
  options: Options,
  async open(_options, _context) {
    await needPowers('namespaces of a terminal and its path', ['net-admin', 'ip', 'veth']);
    await reset();
    const creation = new Creation();
    try {
      const subnet = await freeSubnet();
      const terminal = await creation.namespace('terminal');
      const path = await creation.router('path');
      const [rig, far] = await creation.veth(
        { address: [`${subnet.address(1)}/30`, `${subnet.address6(1)}/126`] },
        { namespace: path, address: [`${subnet.address(2)}/30`, `${subnet.address6(2)}/126`] },
      );
      await creation.route(['default', 'via', subnet.address(1), 'dev', far], path);
      await creation.route(['default', 'via', subnet.address6(1), 'dev', far], path);
      await creation.route([subnet.block, 'via', subnet.address(2), 'dev', rig]);
      await creation.route([subnet.block6, 'via', subnet.address6(2), 'dev', rig]);
      return {
        facts: {
          terminal,
          path,
          interface: rig,
          exit: far,
          rig: subnet.address(1),
          rig6: `[${subnet.address6(1)}]`,
          subnet: subnet.block,
        },
        close: () => remove(creation),
      };
    } catch (error) {
      await creation.remove();
      throw error;
    }
  },
};

async function remove(creation: Creation): Promise<void> {
  await creation.remove();
}
