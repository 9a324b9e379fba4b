import { z } from 'zod';
import type { DriverOf } from '../../../rig/bench/manifest.ts';
import type { HostPlane } from '../../../rig/bench/planes.ts';
import { RegionFile } from '../../../rig/model/region.ts';
import { throughAndBack } from '../../transport/through.ts';
import { loadDialect } from '../dialect.ts';
import { fieldNames } from '../field-names.ts';
import { isPath, simulatorFiles } from '../option-files.ts';
import { composePolicy } from '../policies.ts';
import { readFileAs } from '../read-file.ts';
import { regionFile } from '../region-file.ts';
import { loadResponseCodes } from '../response-codes.ts';
import { FRAMINGS } from '../wire/framing.ts';
import { Acquirer } from './acquirer.ts';
import { Conversation, type SimulatorContext } from './conversation.ts';
import { loadDownloads } from './downloads.ts';
import { loadKeys } from './keys.ts';
import { type HostServer, listen } from './server.ts';

export type { SimulatorContext };

export const SimulatorOptions = z.strictObject({
  listen: z
    .string()
    .regex(/^(\[[0-9A-Fa-f:]+\]|[^:[\]]+):\d{1,5}$/, 'expected an address such as 127.0.0.1:8583')
    .describe('address and port to listen on; port 0 takes a free one'),
  dialect: z.string().default('unionpay-pos').describe('name of a shipped dialect, or a path'),
  framing: z
    .enum(FRAMINGS)
    .optional()
    .describe('what stands around messages on the wire: raw, nothing (the default), or http-post'),
  keys: z.string().describe('file of terminals and test keys'),
  regions: z
    .string()
    .optional()
    .describe('file that maps source addresses to regions; default: that of the bench'),
  acquirer: z
    .string()
    .regex(/^\d{8,11}$/)
    .default('48020000')
    .describe('acquirer id, F32'),
  'response-codes': z
    .string()
    .optional()
    .describe('table of response codes: name of a shipped one, or a path; default: that of the dialect'),
  downloads: z
    .string()
    .default('posrig:drivers/host/downloads/synthetic.yaml')
    .describe('file of what terminals download: parameters, AIDs, CA keys'),
  history: z
    .strictObject({
      exchanges: z.int().min(1).describe('requests with their answers'),
      entries: z.int().min(1).describe('ledger entries of closed batches, and settlements'),
    })
    .optional()
    .describe('how much to remember, the latest; default: all, as books need it'),
});
export type SimulatorOptions = z.infer<typeof SimulatorOptions>;

/** The simulated acquirer as driver `simulator` of the host plane. */
export const driver: DriverOf<'host', SimulatorOptions> = {
  options: SimulatorOptions,
  open: (options, context) => openSimulator(options, context),
  files: simulatorFiles,
  fieldNames,
  async selfTest(plane) {
    await throughAndBack(plane.address, 'the simulated acquirer');
    return `listens at ${plane.address.host}:${plane.address.port}`;
  },
};

/** Starts the acquirer and listens. Errors of its files are FILE_*, of the address TRANSPORT_OPEN. */
export async function openSimulator(
  options: SimulatorOptions,
  context: SimulatorContext,
): Promise<HostPlane> {
  const named = options.dialect;
  const dialect = loadDialect(isPath(named) ? context.resolve(named) : named);
  const keys = loadKeys(context.resolve(options.keys));
  const { regions } = readFileAs(regionFile(options, context), RegionFile);
  const byAddress = new Map(regions.map(({ egress, id }) => [egress, id]));
  const table = options['response-codes'] ?? dialect['response-codes'];
  const acquirer = new Acquirer({
    dialect,
    keys,
    cards: context.cards,
    ...(table !== undefined && { codes: loadResponseCodes(isPath(table) ? context.resolve(table) : table) }),
    acquirerId: options.acquirer,
    start: new Date(Date.parse(context.clock.wallTime()) - context.clock.now()),
    ...(options.history && { keep: options.history.entries }),
    downloads: loadDownloads(context.resolve(options.downloads)),
  });
  const desk = new Conversation(acquirer, context, {
    regionOf: (remote) => byAddress.get(remote) ?? 'unknown',
    history: options.history?.exchanges,
  });
  const colon = options.listen.lastIndexOf(':');
  const host = options.listen.slice(0, colon).replace(/^\[|\]$/g, '');
  const server = await listen(
    { host, port: Number(options.listen.slice(colon + 1)) },
    dialect,
    desk,
    options.framing,
  );
  return planeOf(desk, acquirer, server);
}

function planeOf(desk: Conversation, acquirer: Acquirer, server: HostServer): HostPlane {
  const { host, port } = server;
  return {
    facts: { address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` },
    address: { host, port },
    simulated: true,
    configure: (policy) => acquirer.configure(composePolicy(policy)),
    nextDay: () => acquirer.nextDay(),
    exchanges: () => desk.all(),
    onExchange: (heard) => desk.onExchange(heard),
    ledger: () => acquirer.ledger(),
    settlements: () => acquirer.settlements(),
    wallet: { pay: async (card, code) => desk.pay(card, code) },
    close: async () => {
      desk.stop();
      await server.close();
    },
  };
}
