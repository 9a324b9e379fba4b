import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { attempt } from '../kernel/command.ts';

/**
 * Addresses of one path, all out of one /22 of 198.18.0.0/15, the block that is set aside for tests of networks (RFC 2544),
 * and out of one /64 of fd00:7052::/32. The first /30 is between the path and the rig, each site has one /29 of the others.
 */
export class Subnet {
  /** `198.18.4` stands for 198.18.4.0/22. */
  readonly #first: number;
  readonly #third: number;

  /** @param number 0 to 127 */
  constructor(number: number) {
    this.#first = 18 + (number >> 6);
    this.#third = (number & 63) * 4;
  }

  /** The block that `198.18.4.0/22` names. */
  static of(block: string): Subnet {
    const [, first = '18', third = '0'] = /^198\.(18|19)\.(\d+)\.0\/22$/.exec(block) ?? [];
    return new Subnet((Number(first) - 18) * 64 + Number(third) / 4);
  }

  /** IPv4 address of the block by its offset, 0 to 1023. */
  address(offset: number): string {
    return `198.${this.#first}.${this.#third + (offset >> 8)}.${offset & 255}`;
  }

  /** IPv6 address with the same offset. */
  address6(offset: number): string {
    return `fd00:7052:${this.#first.toString(16)}${this.#third.toString(16).padStart(2, '0')}::${offset.toString(16)}`;
  }

  get block(): string {
    return `${this.address(0)}/22`;
  }

  get block6(): string {
    return `${this.address6(0)}/118`;
  }
}

const BLOCKS = 128;
/** Most sites that a block has addresses for. */
export const MOST_SITES = 127;

const Routes = z.array(z.looseObject({ dst: z.string().optional() }));

/**
 * A block that no route of this machine leads to. Two rigs that start at the same time begin at different places.
 * @throws NETWORK_KERNEL, blame bench, when all are taken
 */
export async function freeSubnet(start: number = process.pid): Promise<Subnet> {
  const { stdout } = await attempt('ip', ['-j', '-4', 'route', 'show', 'table', 'all']);
  const taken = Routes.parse(JSON.parse(stdout.trim() || '[]')).map(({ dst = '' }) => dst);
  for (let i = 0; i < BLOCKS; i++) {
    const subnet = new Subnet((start + i) % BLOCKS);
    const stem = subnet.block.replace(/\.0\/22$/, '.');
    if (!taken.some((dst) => dst === subnet.block || dst.startsWith(stem))) return subnet;
  }
  throw new RigError('NETWORK_KERNEL', 'bench', 'all of 198.18.0.0/15 is in use on this machine', {
    hint: '`posrig network status` lists what posrig made.',
  });
}
