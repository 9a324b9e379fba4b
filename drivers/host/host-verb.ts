import { resolve } from 'node:path';
import { z } from 'zod';
import { HostPolicy } from '../../rig/bench/policy.ts';
import { CardFile } from '../../rig/model/card.ts';
import { toRigError } from '../../rig/model/errors.ts';
import type { EventBody } from '../../rig/model/event.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { makeClock } from '../../rig/model/time.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { fieldLines, headline } from './message-text.ts';
import { readFileAs } from './read-file.ts';
import { openSimulator, SimulatorOptions } from './simulator/driver.ts';

const Options = z.object({
  listen: z.string(),
  dialect: z.string(),
  keys: z.string(),
  cards: z.string(),
  regions: z.string(),
  policy: z.string().optional(),
  json: z.boolean().default(false),
});

const resolved = (path: string): string =>
  path.startsWith('posrig:') ? packaged(path.slice('posrig:'.length)) : resolve(path);

/** `posrig host`: the simulated acquirer alone, until Ctrl-C. What it shows is masked. */
export async function hostVerb(given: Record<string, unknown>): Promise<number> {
  const { listen, dialect, keys, cards, regions, policy, json } = Options.parse(given);
  const show = (event: EventBody) => {
    const text = json
      ? JSON.stringify({ wall: clock.wallTime(), ...event })
      : asText(clock.wallTime(), event);
    if (text) process.stdout.write(`${text}\n`);
  };
  const clock = makeClock(1);
  let end: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // It may fail before anybody waits for it.
  ended.catch(() => undefined);
  const options = SimulatorOptions.parse({ listen, dialect, keys, regions });
  const plane = await openSimulator(options, {
    clock,
    recorder: { record: show },
    cards: readFileAs(resolved(cards), CardFile).cards,
    resolve: resolved,
    lost: (error) => fail(toRigError(error)),
  });
  process.on('SIGINT', end).on('SIGTERM', end);
  try {
    if (policy !== undefined) plane.configure(readFileAs(resolve(policy), HostPolicy));
    const address = plane.facts['address'] ?? '';
    process.stdout.write(
      json ? `${JSON.stringify({ type: 'listening', address })}\n` : `listening on ${address}\n`,
    );
    await ended;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await plane.close();
  }
  return EXIT.ok;
}

function asText(wall: string, event: EventBody): string | undefined {
  const time = wall.slice(11, 19);
  if (event.type === 'link') {
    return `${time} ${event.stream} ${event.state}${event.detail ? `: ${event.detail}` : ''}`;
  }
  if (event.type !== 'message') return undefined;
  const arrow = event.message.direction === 'request' ? '→' : '←';
  const checks = Object.entries(event.checks ?? {}).map(([what, result]) => `${what} ${result}`);
  const notes = [...checks, ...(event.note ? [event.note] : [])];
  const head = `${time} ${event.connection} ${arrow} ${headline(event.message)}`;
  return `${head}${notes.length > 0 ? ` [${notes.join(', ')}]` : ''}\n${fieldLines(event.message.fields)}`;
}
