import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { DriverOf } from '../../../rig/bench/manifest.ts';
import type { DriverContext, HostPlane } from '../../../rig/bench/planes.ts';
import { RigError, toRigError } from '../../../rig/model/errors.ts';
import type { Recorder } from '../../../rig/model/event.ts';
import { RegionFile } from '../../../rig/model/region.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { TlsAcceptor, TlsConnector } from '../../transport/tls.ts';
import { loadDialect } from '../dialect.ts';
import { fieldNames } from '../field-names.ts';
import { loadTerminalKeys } from '../keys.ts';
import { observerFiles } from '../option-files.ts';
import { readFileAs } from '../read-file.ts';
import { regionFile } from '../region-file.ts';
import { loadResponseCodes } from '../response-codes.ts';
import { CompletedLedger, ExportFile } from './completed-ledger.ts';
import { ExportMapping } from './export-file.ts';
import { KeyRing } from './key-ring.ts';
import { listen } from './listener.ts';
import { ObserverOptions, splitAddress } from './options.ts';
import { dialled, Passage, type Route } from './passage.ts';
import { seenLedger } from './seen-ledger.ts';
import { seenSettlements } from './seen-settlements.ts';
import { Transcript } from './transcript.ts';
import { type Court, Witness } from './witness.ts';

/** What the observer needs of a bench; `posrig host observe` gives it the same without one. */
export type ObserverContext = Pick<DriverContext, 'clock' | 'cards' | 'resolve' | 'lost' | 'bench'> & {
  readonly recorder: Pick<Recorder, 'record'>;
};

export const driver: DriverOf<'host', ObserverOptions> = {
  options: ObserverOptions,
  open: (options, context) => openObserver(options, context),
  files: observerFiles,
  fieldNames,
};

/**
 * Opens an observer in front of an acquirer's own host. Errors of its files are FILE_* and CRYPTO_KEY, of its address
 * TRANSPORT_OPEN; HOST_FAILED with blame acquirer when the host cannot be reached or shows the wrong certificate.
 * @param keep how many requests are remembered; a bench needs them all
 */
export async function openObserver(
  options: ObserverOptions,
  context: ObserverContext,
  keep?: number,
): Promise<HostPlane> {
  const { resolve } = context;
  const isPath = /[/\\]|\.yaml$/.test(options.dialect);
  const dialect = loadDialect(isPath ? resolve(options.dialect) : options.dialect);
  const approves = approvalsOf(dialect, isPath ? dirname(resolve(options.dialect)) : '.');
  const { regions } = readFileAs(regionFile(options, context), RegionFile);
  const keys = options.keys === undefined ? undefined : loadTerminalKeys(resolve(options.keys));
  const exported = options.export && {
    file: new ExportFile(
      resolve(options.export.file),
      readFileAs(resolve(options.export.mapping), ExportMapping),
    ),
    ledger: new CompletedLedger(),
  };
  const { tls } = options;
  const to = splitAddress(options.to);
  const route: Route = {
    ...to,
    ...(tls.to && { tls: new TlsConnector(tls.to, resolve) }),
    ...(tls.listen && { accept: new TlsAcceptor(tls.listen, resolve) }),
    keepSource: options['keep-source'],
  };
  if (options.probe) await probe(route);

  const transcript = new Transcript(keep);
  const court: Court = {
    clock: context.clock,
    recorder: context.recorder,
    cards: context.cards,
    dialect,
    framing: options.framing,
    keys: new KeyRing(dialect, context.cards, keys),
    transcript,
  };
  const byAddress = new Map(regions.map(({ egress, id }) => [egress, id]));
  const passages = new Set<Passage>();
  let count = 0;
  let closing = false;
  const server = await listen(splitAddress(options.listen), {
    accepted: (socket) => {
      if (closing) {
        socket.destroy();
        return;
      }
      const remote = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
      const region = byAddress.get(remote) ?? 'unknown';
      const witness = new Witness(court, `c${++count}`, region);
      witness.link('open', `from ${remote}, region ${region}`);
      const passage: Passage = new Passage(socket, route, witness, {
        unreachable: (error) => context.lost(unreachable(route, error)),
        failed: (error) => context.lost(toRigError(error)),
        gone: () => passages.delete(passage),
      });
      passages.add(passage);
    },
    count: () => passages.size,
    failed: (cause) =>
      context.lost(
        new RigError('HOST_FAILED', 'bench', `the observer has stopped listening: ${cause.message}`, {
          cause,
        }),
      ),
  });

  let cached: { readonly key: string; readonly ledger: ReturnType<HostPlane['ledger']> } | undefined;
  const ledger = () => {
    const rows = exported?.file.rows() ?? [];
    const key = `${transcript.version} ${exported?.file.stamp ?? ''}`;
    if (cached?.key !== key) {
      const seen = seenLedger(transcript.attempts, approves);
      cached = { key, ledger: exported ? exported.ledger.complete(seen, rows, context.clock.now()) : seen };
    }
    return cached.ledger;
  };
  // What the export holds already belongs to the past: it has its places before anybody remembers one.
  ledger();
  const address = `${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`;
  return {
    facts: { address, to: options.to, framing: options.framing, tls: tlsFacts(tls) },
    address: { host: server.host, port: server.port },
    simulated: false,
    configure: () => unsupported('does not do what a scenario says'),
    nextDay: () => unsupported('changes its business date by itself'),
    exchanges: () => transcript.exchanges(),
    onExchange: (heard) => transcript.onExchange(heard),
    ledger,
    settlements: () => seenSettlements(transcript.attempts),
    unread: (since) => transcript.unread(since) ?? exported?.file.trouble?.message,
    close: async () => {
      closing = true;
      const closed = server.close();
      for (const passage of passages) passage.destroy();
      await closed;
    },
  };
}

/** Proves once that the acquirer is there and is the one that was meant. */
async function probe(route: Route): Promise<void> {
  const raw = connect({ host: route.host, port: route.port });
  try {
    await dialled(raw, () => route.tls?.secure(raw, route.host) ?? Promise.resolve(raw));
  } catch (error) {
    throw unreachable(route, error instanceof Error ? error : new Error(String(error)));
  } finally {
    raw.destroy();
  }
}

/** The source address is the bench's, everything else the acquirer's. */
function unreachable({ host, port, keepSource }: Route, cause: Error): RigError {
  const ours = keepSource && 'code' in cause && cause.code === 'EADDRNOTAVAIL';
  return new RigError(
    'HOST_FAILED',
    ours ? 'bench' : 'acquirer',
    `the acquirer at ${host}:${port} cannot be reached: ${cause.message}`,
    {
      cause,
      hint: ours
        ? 'With keep-source, terminals must come from addresses of this machine, as they do behind the relay.'
        : 'Check its address, the way to it, and that the certificate named in the bench file is the one it shows.',
    },
  );
}

function unsupported(what: string): never {
  throw new RigError('HOST_UNSUPPORTED', 'file', `the acquirer of this bench is a real one and ${what}`);
}

/** Codes of class A in the acquirer's own table; without one, those that every table has. */
function approvalsOf(dialect: Dialect, folder: string): (code: string) => boolean {
  const name = dialect['response-codes'];
  if (name === undefined) return (code) => /^(00|000|10|11)$/.test(code);
  const { codes } = loadResponseCodes(
    name.endsWith('.yaml') && !name.startsWith('posrig:') ? `${folder}/${name}` : name,
  );
  return (code) => codes[code]?.class === 'A';
}

const tlsFacts = ({ listen: near, to }: ObserverOptions['tls']): string =>
  near || to
    ? [...(near ? ['towards terminals'] : []), ...(to ? ['towards the acquirer'] : [])].join(' and ')
    : 'none';
