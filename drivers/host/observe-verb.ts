import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { CardFile } from '../../rig/model/card.ts';
import { RigError, toRigError } from '../../rig/model/errors.ts';
import type { EventBody } from '../../rig/model/event.ts';
import { formatMoney } from '../../rig/model/money.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { makeClock } from '../../rig/model/time.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { eventText } from './message-text.ts';
import { openObserver } from './observer/driver.ts';
import { ObserverOptions, TlsSides } from './observer/options.ts';
import { readFileAs } from './read-file.ts';

const Options = z.object({
  listen: z.string(),
  to: z.string(),
  dialect: z.string(),
  framing: z.string(),
  keys: z.string().optional(),
  tls: z.string().optional(),
  export: z.string().optional(),
  mapping: z.string().optional(),
  cards: z.string(),
  regions: z.string(),
  keepSource: z.boolean().default(false),
  json: z.boolean().default(false),
});

/** Requests that are remembered for the ledger at the end. */
const KEEP = 1000;

const resolved = (path: string): string =>
  path.startsWith('posrig:') ? packaged(path.slice('posrig:'.length)) : resolve(path);

/**
 * `posrig host observe`: until Ctrl-C, then the ledger as far as it was seen. What it shows is masked; raw bytes are not
 * shown, since only a journal has the masker for them.
 */
export async function observeVerb(given: Record<string, unknown>): Promise<number> {
  const options = Options.parse(given);
  const { json } = options;
  const clock = makeClock(1);
  const put = (text: string | undefined) => {
    if (text) process.stdout.write(`${text}\n`);
  };
  const show = (event: EventBody) => {
    if (event.type === 'bytes') return;
    put(json ? JSON.stringify({ wall: clock.wallTime(), ...event }) : eventText(clock.wallTime(), event));
  };
  let end: () => void = () => undefined;
  const ended = new Promise<void>((done) => {
    end = done;
  });
  process.on('SIGINT', end).on('SIGTERM', end);
  try {
    const plane = await openObserver(
      optionsOf(options),
      {
        clock,
        recorder: { record: show },
        cards: readFileAs(resolved(options.cards), CardFile).cards,
        resolve: resolved,
        // A host that was away for a moment is told and may come back: there is no bench that could break.
        lost: (error) => {
          const { message, hint } = toRigError(error);
          const text = [message, ...(hint ? [hint] : [])].join('. ');
          put(json ? JSON.stringify({ type: 'note', level: 'warning', text }) : `warning: ${text}`);
        },
      },
      KEEP,
    );
    try {
      const address = plane.facts['address'] ?? '';
      put(
        json
          ? JSON.stringify({ type: 'listening', address, to: options.to })
          : `listening on ${address}, in front of ${options.to}`,
      );
      await ended;
    } finally {
      await plane.close();
    }
    const [entries, settlements] = [plane.ledger(), plane.settlements()];
    const unread = plane.unread?.(0);
    if (json) put(JSON.stringify({ type: 'ledger', entries, settlements, ...(unread && { unread }) }));
    else {
      for (const { kind, state, terminal, batch, stan, rrn, responseCode, booked } of entries)
        put(
          [terminal, batch, stan, kind, formatMoney(booked), state, responseCode, rrn]
            .filter(Boolean)
            .join('  '),
        );
      if (unread) put(`the ledger may lack entries: ${unread}`);
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
  return EXIT.ok;
}

/** The options of the command line as those of a bench file. Throws USAGE. */
function optionsOf(given: z.infer<typeof Options>): ObserverOptions {
  const { listen, to, dialect, framing, keys, tls, mapping, regions, keepSource } = given;
  if ((given.export === undefined) !== (mapping === undefined)) {
    throw new RigError('USAGE', 'file', '--export and --mapping go together');
  }
  const parsed = ObserverOptions.safeParse({
    listen,
    to,
    dialect,
    framing,
    regions,
    ...(keys !== undefined && { keys }),
    ...(tls !== undefined && { tls: tlsOf(resolved(tls)) }),
    ...(given.export !== undefined && { export: { file: given.export, mapping } }),
    'keep-source': keepSource,
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RigError('USAGE', 'file', `--${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
}

/** The TLS file; paths in it are relative to it. */
function tlsOf(file: string): z.infer<typeof TlsSides> {
  const { listen, to } = readFileAs(file, TlsSides);
  const beside = (path: string) => resolve(dirname(file), path);
  const anchored = <K extends string>(side: Partial<Record<K, string | undefined>>, keys: readonly K[]) =>
    Object.fromEntries(keys.flatMap((key) => (side[key] === undefined ? [] : [[key, beside(side[key])]])));
  return {
    ...(listen && { listen: { ...listen, ...anchored(listen, ['certificate', 'key', 'client-ca']) } }),
    ...(to && { to: { ...to, ...anchored(to, ['ca', 'certificate', 'key']) } }),
  };
}
