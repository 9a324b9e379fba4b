import { z } from 'zod';
import type { DriverModule } from '../../../rig/bench/manifest.ts';
import type { DriverContext, NetworkPlane } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { placePoint } from '../../../rig/model/fault-rules.ts';
import { loadDialect } from '../../host/dialect.ts';
import { FRAMINGS } from '../../host/wire/framing.ts';
import { throughAndBack } from '../../transport/through.ts';
import { type Endpoint, splitHostPort } from '../endpoint.ts';
import { loadAccess, loadRegions, SHIPPED_ACCESS, SHIPPED_REGIONS } from '../regions.ts';
import type { LayerBelow } from './config.ts';
import { DnsOptions } from './dns.ts';
import { beyondRelay, unableTo } from './fault-point.ts';
import type { OpensSocket } from './listener.ts';
import { RelayPlane } from './plane.ts';
import { openTls, RelayTlsOptions } from './tls-ends.ts';

/** Address and port in one text. */
export const HostPort = z
  .string()
  .regex(/^(\[[^\]]+\]|[^:[\]]+):\d{1,5}$/, 'expected host:port')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, {
    message: 'expected a port of at most 65535',
  });

const Options = z.strictObject({
  driver: z.literal('relay').optional(),
  listen: HostPort.describe('address that the terminal dials; port 0 lets the system choose'),
  to: HostPort.describe('address of the acquirer host'),
  dialect: z.string().describe('host dialect by name: how messages are framed and told apart'),
  framing: z.enum(FRAMINGS).default('raw').describe('what stands around the messages: nothing, or http-post'),
  tls: RelayTlsOptions.optional(),
  dns: DnsOptions.optional(),
  entries: z
    .record(z.string(), HostPort)
    .optional()
    .describe("addresses of the acquirer's entry points, by the names that the region file has for them"),
  entry: z.string().optional().describe('the entry point that all regions use; default: each its own'),
  regions: z.string().optional().describe('region file of this plane alone; default: that of the bench'),
  access: z.string().optional().describe('access file of this plane alone; default: that of the bench'),
});
type Options = z.infer<typeof Options>;

/** What a {@link HostPort} says. */
const endpointOf = (text: string): Endpoint => splitHostPort(text) ?? { host: text, port: 0 };

/** Driver `relay`: the network plane as a userspace TCP relay, unprivileged, on any machine. */
export const relay: DriverModule<NetworkPlane, Options> = {
  options: Options,
  contradicts(options, fault) {
    const beyond = beyondRelay(fault);
    if (beyond !== undefined) return beyond;
    const point = placePoint(fault.at);
    if (options['tls'] !== 'pass-through' || !point) return undefined;
    const inside = point.class === 'whole' || point.class === 'inside';
    return inside || fault.do === 'tls'
      ? unableTo(fault, { dialogue: false, tls: 'pass-through', dns: true }, point)
      : undefined;
  },
  open: (options, context) => openRelay(options, context),
  async selfTest(plane) {
    // What is dialled here ends at the acquirer: a hang-up that comes back has been there.
    const end = await throughAndBack(plane.address, 'the relay and the acquirer behind it');
    return end === 'closed'
      ? 'connects to the acquirer and back'
      : 'connects; the acquirer keeps the line open';
  },
};

/**
 * Opens the relay; `below` is the layer that makes the figures of its paths, if there is one, `socket` opens another
 * than an ordinary socket.
 * @throws FILE_INVALID, TRANSPORT_OPEN, and what reading the files throws
 */
export async function openRelay(
  options: Options,
  context: DriverContext,
  below?: LayerBelow,
  socket?: OpensSocket,
): Promise<RelayPlane> {
  const to = endpointOf(options.to);
  if (to.port === 0) {
    throw new RigError('FILE_INVALID', 'file', `the relay cannot dial ${options.to}: port 0 is no port`);
  }
  return RelayPlane.open(
    {
      listen: endpointOf(options.listen),
      to,
      dialect: loadDialect(options.dialect),
      framing: options.framing,
      entry: options.entry,
      entries: new Map(
        Object.entries(options.entries ?? {}).map(([name, address]) => [name, endpointOf(address)]),
      ),
      ...(options.tls === undefined
        ? {}
        : { tls: await openTls(options.tls, (path) => context.resolve(path)) }),
      ...(options.dns === undefined
        ? {}
        : {
            dns: {
              listen: endpointOf(options.dns.listen),
              name: options.dns.name,
              addresses: options.dns.address,
            },
          }),
      regions: loadRegions(
        options.regions === undefined
          ? (context.bench?.regions ?? SHIPPED_REGIONS)
          : context.resolve(options.regions),
      ),
      access: loadAccess(
        options.access === undefined
          ? (context.bench?.access ?? SHIPPED_ACCESS)
          : context.resolve(options.access),
      ),
      below,
      socket,
    },
    context,
  );
}
