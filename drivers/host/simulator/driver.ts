import { z } from 'zod';
import type { DriverOf } from '../../../rig/bench/manifest.ts';
import type { DriverContext, HostExchange, HostPlane } from '../../../rig/bench/planes.ts';
import { RigError, toRigError } from '../../../rig/model/errors.ts';
import type { Recorder } from '../../../rig/model/event.ts';
import { RegionFile } from '../../../rig/model/region.ts';
import {
  type DecodedMessage,
  type Dialect,
  decodeMessage,
  toDialogueMessage,
} from '../../codec/iso8583/index.ts';
import { loadDialect } from '../dialect.ts';
import { readFileAs } from '../read-file.ts';
import { Acquirer, type Reply } from './acquirer.ts';
import { loadKeys } from './keys.ts';
import { type Connection, type HostServer, type Listener, listen } from './server.ts';

export const SimulatorOptions = z.strictObject({
  listen: z
    .string()
    .regex(/^(\[[0-9A-Fa-f:]+\]|[^:[\]]+):\d{1,5}$/, 'expected an address such as 127.0.0.1:8583')
    .describe('address and port to listen on; port 0 takes a free one'),
  dialect: z.string().default('unionpay-pos').describe('name of a shipped dialect, or a path'),
  keys: z.string().describe('file of terminals and test keys'),
  regions: z
    .string()
    .default('posrig:drivers/network/regions.yaml')
    .describe('file that maps source addresses to regions'),
  acquirer: z
    .string()
    .regex(/^\d{8,11}$/)
    .default('48020000')
    .describe('acquirer id, F32'),
});
export type SimulatorOptions = z.infer<typeof SimulatorOptions>;

/** What the simulator needs of a bench; `posrig host` gives it the same without one. */
export type SimulatorContext = Pick<DriverContext, 'clock' | 'cards' | 'resolve' | 'lost'> & {
  readonly recorder: Pick<Recorder, 'record'>;
};

/** The simulated acquirer as driver `simulator` of the host plane. */
export const driver: DriverOf<'host', SimulatorOptions> = {
  options: SimulatorOptions,
  open: (options, context) => openSimulator(options, context),
};

/** Starts the acquirer and listens. Errors of its files are FILE_*, of the address TRANSPORT_OPEN. */
export async function openSimulator(
  options: SimulatorOptions,
  context: SimulatorContext,
): Promise<HostPlane> {
  const named = options.dialect;
  const dialect = loadDialect(/[/\\]|\.yaml$/.test(named) ? context.resolve(named) : named);
  const keys = loadKeys(context.resolve(options.keys));
  const { regions } = readFileAs(context.resolve(options.regions), RegionFile);
  const byAddress = new Map(regions.map(({ egress, id }) => [egress, id]));
  const acquirer = new Acquirer({
    dialect,
    keys,
    cards: context.cards,
    acquirerId: options.acquirer,
    start: new Date(Date.parse(context.clock.wallTime()) - context.clock.now()),
  });
  const desk = new Simulator(dialect, acquirer, context, (remote) => byAddress.get(remote) ?? 'unknown');
  const colon = options.listen.lastIndexOf(':');
  const host = options.listen.slice(0, colon).replace(/^\[|\]$/g, '');
  const server = await listen({ host, port: Number(options.listen.slice(colon + 1)) }, dialect, desk);
  return planeOf(desk, acquirer, server);
}

function planeOf(desk: Simulator, acquirer: Acquirer, server: HostServer): HostPlane {
  const { host, port } = server;
  return {
    facts: { address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` },
    address: { host, port },
    simulated: true,
    configure: (policy) => acquirer.configure(policy),
    nextDay: () => acquirer.nextDay(),
    exchanges: () => desk.all(),
    onExchange: (heard) => desk.onExchange(heard),
    ledger: () => acquirer.ledger(),
    settlements: () => acquirer.settlements(),
    close: async () => {
      desk.stop();
      await server.close();
    },
  };
}

/** Between server and acquirer: decodes, asks, sends at the right time, and writes down what was exchanged. */
class Simulator implements Listener {
  private readonly dialect: Dialect;
  private readonly acquirer: Acquirer;
  private readonly context: SimulatorContext;
  private readonly regionOf: (remote: string) => string;
  private readonly exchanges: HostExchange[] = [];
  private readonly heard = new Set<(exchange: HostExchange) => void>();
  private readonly waiting = new Set<() => void>();
  private stopped = false;

  constructor(
    dialect: Dialect,
    acquirer: Acquirer,
    context: SimulatorContext,
    regionOf: (remote: string) => string,
  ) {
    this.dialect = dialect;
    this.acquirer = acquirer;
    this.context = context;
    this.regionOf = regionOf;
  }

  all(): readonly HostExchange[] {
    return [...this.exchanges];
  }

  /** Tells of an exchange when it is over: answered, or certain never to be. */
  onExchange(heard: (exchange: HostExchange) => void): () => void {
    this.heard.add(heard);
    return () => this.heard.delete(heard);
  }

  /** Cancels answers that are still due; nothing is told or recorded any more. */
  stop(): void {
    this.stopped = true;
    for (const cancel of this.waiting) cancel();
    this.waiting.clear();
  }

  opened({ id, remote }: Connection): void {
    this.link(id, 'open', `from ${remote}, region ${this.regionOf(remote)}`);
  }

  closed({ id }: Connection): void {
    this.link(id, 'closed');
  }

  damaged({ id }: Connection, error: RigError): void {
    this.link(id, 'undecodable', `${error.message}; the connection is closed`);
  }

  failed(cause: Error): void {
    this.context.lost(
      new RigError('HOST_FAILED', 'bench', `the simulated acquirer has stopped listening: ${cause.message}`, {
        cause,
      }),
    );
  }

  frame(connection: Connection, frame: Uint8Array): void {
    if (this.stopped) return;
    let message: DecodedMessage;
    try {
      message = decodeMessage(this.dialect, frame, { blame: 'terminal' });
    } catch (thrown) {
      // What does not decode gets no answer, as from a real front end; the framing is whole, so the line stays.
      this.link(connection.id, 'undecodable', `${toRigError(thrown).message}; no answer is sent`);
      return;
    }
    try {
      this.exchange(connection, message);
    } catch (thrown) {
      this.context.lost(toRigError(thrown));
    }
  }

  private exchange(connection: Connection, message: DecodedMessage): void {
    const at = this.context.clock.now();
    const region = this.regionOf(connection.remote);
    const request = toDialogueMessage(this.dialect, message);
    const reply = this.acquirer.answer(message, { region, at });
    this.context.recorder.record({
      type: 'message',
      plane: 'host',
      connection: connection.id,
      message: request,
      bytes: message.bytes.length,
      checks: reply.checks,
    });
    const index = this.exchanges.push({ request, region, checks: reply.checks, at }) - 1;
    if (reply.frame === undefined || reply.delay === 'never') {
      this.note(connection, reply, `not sent${reply.note ? `: ${reply.note}` : ''}`);
      this.finish(index, {});
    } else if (reply.delay === 0) {
      this.send(connection, reply, index);
    } else {
      const cancel = this.context.clock.after(reply.delay, () => {
        this.waiting.delete(cancel);
        this.send(connection, reply, index);
      });
      this.waiting.add(cancel);
    }
  }

  private send(connection: Connection, reply: Reply, index: number): void {
    if (reply.frame === undefined || !connection.send(reply.frame)) {
      this.note(connection, reply, 'not sent: the connection is closed');
      this.finish(index, {});
      return;
    }
    const response = this.note(connection, reply, reply.note);
    this.finish(index, { ...(response && { response }), answeredAt: this.context.clock.now() });
  }

  /** Journals an answer, sent or not, and gives it as a message. */
  private note(connection: Connection, { frame }: Reply, note: string | undefined): HostExchange['response'] {
    if (frame === undefined) return undefined;
    const message = toDialogueMessage(this.dialect, decodeMessage(this.dialect, frame, { blame: 'rig' }));
    this.context.recorder.record({
      type: 'message',
      plane: 'host',
      connection: connection.id,
      message,
      bytes: frame.length,
      ...(note && { note }),
    });
    return message;
  }

  private finish(index: number, end: Partial<HostExchange>): void {
    const begun = this.exchanges[index];
    if (!begun) return;
    const exchange = { ...begun, ...end };
    this.exchanges[index] = exchange;
    for (const listener of this.heard) listener(exchange);
  }

  private link(stream: string, state: string, detail?: string): void {
    if (this.stopped) return;
    this.context.recorder.record({ type: 'link', plane: 'host', stream, state, ...(detail && { detail }) });
  }
}
