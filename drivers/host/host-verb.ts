import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { HostPolicy } from '../../rig/bench/policy.ts';
import { CardFile } from '../../rig/model/card.ts';
import { toRigError } from '../../rig/model/errors.ts';
import type { EventBody } from '../../rig/model/event.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { makeClock } from '../../rig/model/time.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { eventText } from './message-text.ts';
import { parseMisdeed } from './misbehave-option.ts';
import { loadPolicy } from './policies.ts';
import { readFileAs } from './read-file.ts';
import { loadScript, runScript } from './script.ts';
import { openSimulator, SimulatorOptions } from './simulator/driver.ts';
import { watchPolicy } from './watched-policy.ts';
import { FRAMINGS } from './wire/framing.ts';

const Options = z.object({
  listen: z.string(),
  dialect: z.string(),
  framing: z.enum(FRAMINGS, { error: `--framing takes ${FRAMINGS.join(' or ')}` }).optional(),
  keys: z.string(),
  cards: z.string(),
  regions: z.string(),
  policy: z.string().optional(),
  misbehave: z.array(z.string()).default([]),
  script: z.string().optional(),
  responseCodes: z.string().optional(),
  downloads: z.string().optional(),
  quiet: z.boolean().default(false),
  json: z.boolean().default(false),
});

/** What a host remembers whose books nobody closes: enough for answers that are still due, and for refunds of today. */
const HISTORY = { exchanges: 100, entries: 5000 };

const resolved = (path: string): string =>
  path.startsWith('posrig:') ? packaged(path.slice('posrig:'.length)) : resolve(path);

/** `posrig host`: the simulated acquirer alone, until Ctrl-C or the end of its script. What it shows is masked. */
export async function hostVerb(given: Record<string, unknown>): Promise<number> {
  const options = Options.parse(given);
  const { listen, dialect, keys, cards, regions, responseCodes, downloads, json, quiet } = options;
  const clock = makeClock(1);
  const put = (text: string | undefined) => {
    if (text) process.stdout.write(`${text}\n`);
  };
  const show = (event: EventBody) => {
    if (quiet) return;
    put(json ? JSON.stringify({ wall: clock.wallTime(), ...event }) : eventText(clock.wallTime(), event));
  };
  const say = (text: string) =>
    put(
      json
        ? JSON.stringify({ type: 'note', level: 'info', text })
        : `${clock.wallTime().slice(11, 19)} ${text}`,
    );
  let end: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // It may fail before anybody waits for it.
  ended.catch(() => undefined);
  // Mistakes in files are told before a port is opened.
  const misdeeds = options.misbehave.map(parseMisdeed);
  const withMisdeeds = (policy: HostPolicy) => ({ ...policy, misbehave: [...misdeeds, ...policy.misbehave] });
  const policy = options.policy === undefined ? HostPolicy.parse({}) : loadPolicy(options.policy);
  const steps = options.script === undefined ? undefined : loadScript(options.script);
  const plane = await openSimulator(
    SimulatorOptions.parse({
      listen,
      dialect,
      keys,
      regions,
      history: HISTORY,
      ...(options.framing !== undefined && { framing: options.framing }),
      ...(responseCodes !== undefined && { 'response-codes': responseCodes }),
      ...(downloads !== undefined && { downloads }),
    }),
    {
      clock,
      recorder: { record: show },
      cards: readFileAs(resolved(cards), CardFile).cards,
      resolve: resolved,
      lost: (error) => fail(toRigError(error)),
    },
  );
  process.on('SIGINT', end).on('SIGTERM', end);
  const over = new AbortController();
  const closing: (() => void)[] = [() => over.abort()];
  const inForce = (now: HostPolicy) => plane.configure(withMisdeeds(now));
  try {
    inForce(policy);
    const file = options.policy;
    if (file !== undefined && existsSync(resolve(file))) {
      const changed = (now: HostPolicy) => {
        inForce(now);
        say(`policy ${file} has changed and is in force`);
      };
      const refused = (error: Error) =>
        say(`policy ${file} has changed and is refused; the old one stays: ${error.message}`);
      closing.push(watchPolicy(resolve(file), tried(changed, refused), refused));
    }
    const address = plane.facts['address'] ?? '';
    put(json ? JSON.stringify({ type: 'listening', address }) : `listening on ${address}`);
    if (steps) {
      const scripted = {
        clock,
        configure: inForce,
        nextDay: () => plane.nextDay(),
        onAnswered: (heard: (kind: EventKind) => void) =>
          plane.onExchange(({ request, answeredAt }) => answeredAt !== undefined && heard(request.kind)),
        say,
        stop: end,
      };
      runScript(steps, scripted, over.signal).catch((thrown: unknown) => {
        if (!over.signal.aborted) fail(toRigError(thrown));
      });
    }
    await ended;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    for (const close of closing) close();
    await plane.close();
  }
  return EXIT.ok;
}

type EventKind = Extract<EventBody, { type: 'message' }>['message']['kind'];

/** Does it, and tells what is thrown instead of throwing it. */
const tried =
  <T>(go: (value: T) => void, refused: (error: Error) => void) =>
  (value: T): void => {
    try {
      go(value);
    } catch (thrown) {
      refused(toRigError(thrown));
    }
  };
