import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { DriverModule } from '../../../rig/bench/manifest.ts';
import type { DriverContext, NetworkPlane } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { MESSAGE_KINDS } from '../../../rig/model/message.ts';
import { loadDialect } from '../../host/dialect.ts';
import { Line } from '../namespaces/line.ts';
import { SHAPINGS } from '../namespaces/shaping.ts';
import { EngineEnforcer, unableInPackets } from '../packets/enforcer.ts';
import { loadRegions, SHIPPED_REGIONS } from '../regions.ts';
import { openRelay, relay } from '../relay/index.ts';
import { capture } from './capture.ts';
import { unableInKernel } from './checks.ts';
import { protectControl } from './control.ts';
import { Creation } from './creation.ts';
import { NftEnforcer } from './enforcer.ts';
import { PacketFaults } from './fault-table.ts';
import { RelayWatch } from './gate.ts';
import { reset } from './inventory.ts';
import { chooseLayer, NO_PACKET_LAYER } from './layers.ts';
import { needPowers } from './needs.ts';
import { NftTable } from './nft-table.ts';
import { ownerOf } from './owner.ts';
import { familyOf, type PathPlace, type Sighting } from './packet-rules.ts';
import { KernelPlane } from './plane.ts';
import type { Power } from './probe.ts';
import { MOST_EXITS, routeRegions, takeAddress } from './routes.ts';
import type { SocketAddress } from './tcp-state.ts';
import { listenTransparently, routeMarkedHere } from './transparent.ts';

const Interface = z
  .string()
  .regex(/^[A-Za-z0-9_.@-]{1,15}$/, { error: 'not the name of an interface' })
  .describe('as `ip link` shows it');
const Namespace = z.string().refine((name) => ownerOf(name) !== undefined, {
  error: 'not a namespace that posrig made',
});
const Address = z.string().refine((text) => isIP(text) > 0, { error: 'not an IP address' });

/** What the kernel layer has beside the options of the relay, which all hold here too. */
const Own = z.object({
  driver: z.literal('kernel').optional(),
  terminal: z
    .strictObject({
      interface: Interface.optional().describe('only what passes here is the terminal’s'),
      dials: z
        .string()
        .refine((text) => isIP(splitAddress(text).address) > 0 && splitAddress(text).port > 0, {
          error: 'not an address with port, such as 203.0.113.10:8583 or [2001:db8::10]:8583',
        })
        .optional()
        .describe('address and port as they are configured in the terminal, led to `listen`'),
      by: z
        .enum(['dnat', 'tproxy'])
        .default('dnat')
        .describe(
          'how packets to that address are led: their destination is translated, or they are taken as they are (needs python3)',
        ),
    })
    .refine(({ interface: name, dials }) => dials === undefined || name !== undefined, {
      error: '`dials` needs `interface`: the rig itself must still reach that address',
    })
    .optional(),
  exits: z
    .record(
      z.string(),
      z.strictObject({ interface: Interface, gateway: Address.optional().describe('next hop') }),
    )
    .refine((exits) => Object.keys(exits).length <= MOST_EXITS, { error: `more than ${MOST_EXITS} exits` })
    .default({})
    .describe('per region: the interface by which its traffic leaves (Ethernet, modem, WireGuard)'),
  path: z
    .strictObject({
      terminal: Namespace.describe('namespace of the terminal'),
      through: Namespace.describe('namespace that passes its packets on'),
      exit: Interface.describe('interface of that namespace towards the rig'),
      subnet: z.string().regex(/^198\.1[89]\.\d{1,3}\.0\/22$/, { error: 'not a block of the service' }),
      shaping: z
        .enum(SHAPINGS)
        .optional()
        .describe(
          'who makes delay, jitter, loss and rates of region and access network true; default: the first of netem, packets (the packet engine) and tbf (rates only) that this machine has',
        ),
    })
    .optional()
    .describe(
      'what the service `network-namespaces` made: the terminal is plugged in there, at a router of its own for each place',
    ),
  sightings: z
    .partialRecord(
      z.enum(MESSAGE_KINDS),
      z.string().regex(/^\d{4}$/, { error: 'not a message type such as 0210' }),
    )
    .default({})
    .describe(
      'per kind of message: type of its response, by which the kernel itself sets off a withhold-ack (plaintext only)',
    ),
});

const OWN_KEYS = Object.keys(Own.shape);

/** Options of the relay, and those of the kernel layer; each checked by its own schema. */
const Options = z.record(z.string(), z.unknown()).transform((given, context) => {
  const own: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) (OWN_KEYS.includes(key) ? own : others)[key] = value;
  const parsedOwn = Own.safeParse(own);
  const parsedRelay = relay.options.safeParse(others);
  for (const { error } of [parsedOwn, parsedRelay]) {
    for (const { code: _, ...issue } of error?.issues ?? [])
      context.issues.push({ ...issue, code: 'custom', input: given });
  }
  if (!parsedOwn.success || !parsedRelay.success) return z.NEVER;
  return { own: parsedOwn.data, relay: parsedRelay.data };
});
type Options = z.infer<typeof Options>;

const POWERS: readonly Power[] = ['net-admin', 'ip', 'ss', 'nft', 'local-route', 'policy-routing'];

function splitAddress(text: string): SocketAddress {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host)) return [host];
  const found = await lookup(host, { family: 4, all: true }).catch((cause: unknown) => {
    throw new RigError('NETWORK_KERNEL', 'bench', `the acquirer's name ${host} has no IPv4 address`, {
      cause,
      hint: 'The kernel layer meets packets by address; name an address (of IPv6, too), or use driver relay.',
    });
  });
  return found.map(({ address }) => address);
}

/** Driver `kernel`: the relay, and below it faults on packets, local addresses and routes per region. Needs CAP_NET_ADMIN. */
export const kernel: DriverModule<NetworkPlane, Options> = {
  options: Options,
  contradicts(options, fault) {
    const { why } = chooseLayer(fault, (layer) => {
      if (fault.do === 'handover' && options['path'] !== undefined) return undefined;
      if (layer === 'kernel') return unableInKernel(fault);
      if (layer === 'packet') return options['path'] === undefined ? NO_PACKET_LAYER : unableInPackets(fault);
      const others = Object.fromEntries(Object.entries(options).filter(([key]) => !OWN_KEYS.includes(key)));
      return relay.contradicts?.(others, fault);
    });
    return why;
  },
  async open({ own, relay: relayOptions }, context) {
    await needPowers('packet faults', POWERS);
    await reset();
    const creation = new Creation();
    const opened: { close(): Promise<unknown> }[] = [];
    try {
      return await build(own, relayOptions, context, creation, opened);
    } catch (error) {
      for (const thing of opened.reverse()) await thing.close().catch(() => {});
      await creation.remove();
      throw error;
    }
  },
};

async function build(
  own: z.infer<typeof Own>,
  relayOptions: Options['relay'],
  context: DriverContext,
  creation: Creation,
  opened: { close(): Promise<unknown> }[],
): Promise<NetworkPlane> {
  const listening = splitAddress(relayOptions.listen);
  const entries = [relayOptions.to, ...Object.values(relayOptions.entries ?? {})].map(splitAddress);
  const hosts = await Promise.all(
    entries.map(async ({ address, port }) => ({ addresses: await addressesOf(address), port })),
  );
  if (!isIP(listening.address))
    throw new RigError('FILE_INVALID', 'file', `the kernel layer cannot listen on ${relayOptions.listen}`, {
      hint: 'Name an address: packets have no names.',
    });
  const dials = own.terminal?.dials === undefined ? undefined : splitAddress(own.terminal.dials);
  if (dials && isIP(dials.address) !== isIP(listening.address))
    throw new RigError(
      'FILE_INVALID',
      'file',
      'what the terminal dials and `listen` are of two IP versions',
      {
        hint: 'An address can only be translated to one of the same version.',
      },
    );
  await protectControl({
    listen: dials ?? listening,
    hosts,
    localised: dials ? [] : [listening.address],
  });
  if (
    !dials &&
    hosts.some(({ addresses }) => addresses.includes(listening.address)) &&
    !isLoopback(listening.address)
  )
    throw new RigError(
      'FILE_INVALID',
      'file',
      `listening on ${listening.address} would make the acquirer's address the rig's own`,
      {
        hint: 'Listen on an address of the rig, and name what the terminal dials: terminal: { interface: …, dials: … }.',
      },
    );

  await takeAddress(creation, listening.address);
  const transparent = dials !== undefined && own.terminal?.by === 'tproxy';
  if (transparent) {
    await needPowers('a terminal that is led here by TPROXY', ['tproxy']);
    await routeMarkedHere(creation, familyOf(dials.address));
  }
  const regions = loadRegions(
    relayOptions.regions === undefined
      ? (context.bench?.regions ?? SHIPPED_REGIONS)
      : context.resolve(relayOptions.regions),
  );
  await routeRegions(creation, own.exits, regions);
  const watch = new RelayWatch(context.recorder);
  const line = own.path && (await Line.open(creation, own.path, own.terminal?.interface ?? '', context));
  if (line) opened.push(line);
  const openSocket = transparent ? listenTransparently : undefined;
  const below = await openRelay(relayOptions, { ...context, recorder: watch }, line, openSocket);
  opened.push(below);
  const landing = { address: listening.address, port: below.address.port };
  const place: PathPlace = {
    listen: dials ?? landing,
    // What is taken as it is has the dialled address for its own.
    ...(transparent ? { socket: dials, landing } : { socket: landing }),
    ...(own.terminal?.interface === undefined ? {} : { interface: own.terminal.interface }),
    ...(own.path === undefined ? {} : { terminal: own.path.terminal }),
    hosts,
  };
  const table = await NftTable.open(creation, 'faults');
  opened.push(table);
  const endCapture = dials ? await capture(table, place, context.lost) : () => {};
  const sightings = sightingsOf(own.sightings, relayOptions.dialect);
  const layers = {
    kernel: new PacketFaults(context, below, watch, table, place, new NftEnforcer(table, place, sightings)),
    ...(line?.engine
      ? {
          packet: new PacketFaults(
            context,
            below,
            watch,
            table,
            place,
            new EngineEnforcer(line.engine, context.clock.rate, context.seed),
          ),
        }
      : {}),
  };
  return new KernelPlane(below, layers, { table, creation, place, line, endCapture });
}

/** Where the message type stands in a frame of the dialect. @throws FILE_INVALID for one that the kernel cannot look for */
function sightingsOf(
  types: Readonly<Partial<Record<string, string>>>,
  dialectName: string | undefined,
): Readonly<Record<string, Sighting>> {
  const stated = Object.entries(types).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (stated.length === 0) return {};
  const { frame, mti: form } = loadDialect(dialectName ?? '');
  if (form !== 'bcd' && form !== 'ascii')
    throw new RigError('FILE_INVALID', 'file', `the kernel cannot find message types of ${dialectName}`, {
      hint: 'They must be packed or in ASCII, behind a header of fixed length. Leave `sightings` out: the gate does it.',
    });
  const offset = (frame.length?.bytes ?? 0) + frame.tpdu + (frame.header?.bytes ?? 0);
  return Object.fromEntries(stated.map(([kind, mti]) => [kind, { offset, mti, form }]));
}
