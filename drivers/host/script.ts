import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { HostPolicy } from '../../rig/bench/policy.ts';
import { MESSAGE_KINDS, type MessageKind } from '../../rig/model/message.ts';
import { type Clock, parseDuration } from '../../rig/model/time.ts';
import { composePolicy, loadPolicy } from './policies.ts';
import { readFileAs } from './read-file.ts';

const Duration = z.string().refine((text) => parseDuration(text) !== undefined, {
  error: 'not a duration such as "400 ms" or "20 s"',
});

const Step = z.strictObject({
  after: z
    .union([
      Duration,
      z
        .partialRecord(z.enum(MESSAGE_KINDS), z.int().min(1))
        .refine((kinds) => Object.keys(kinds).length > 0, {
          error: 'not a kind of message and a number',
        }),
    ])
    .optional()
    .describe('what is awaited since the step before: a time, or so many answered requests of each kind'),
  policy: z
    .union([z.string(), HostPolicy])
    .optional()
    .describe('what it answers from then on: a policy in place, or one by name or file'),
  'next-day': z.literal(true).optional().describe('cut-over to the next business date'),
  say: z.string().max(200).optional().describe('shown when the step is reached'),
  stop: z.literal(true).optional().describe('the host ends'),
});

/** What a stand-alone host does over time: steps, one after the other. */
export const HostScript = z.strictObject({
  version: z.literal(1),
  about: z.strictObject({ en: z.string(), zh: z.string() }).optional(),
  steps: z.array(Step).min(1),
});
export type HostScript = z.infer<typeof HostScript>;

/** What a script works on. */
export interface Scripted {
  readonly clock: Clock;
  configure(policy: HostPolicy): void;
  nextDay(): void;
  /** Calls back for every answered request. */
  onAnswered(heard: (kind: MessageKind) => void): () => void;
  say(text: string): void;
  stop(): void;
}

interface ReadyStep extends Omit<z.infer<typeof Step>, 'policy'> {
  readonly policy?: HostPolicy;
}

/** Reads a script and the policies that it names. Errors as for any file. */
export function loadScript(path: string): readonly ReadyStep[] {
  const folder = dirname(resolve(path));
  return readFileAs(path, HostScript).steps.map(({ policy, ...step }) => {
    if (policy === undefined) return step;
    const read = typeof policy === 'string' ? loadPolicy(policy, folder) : composePolicy(policy, folder);
    return { ...step, policy: read };
  });
}

/** Runs the steps of a script in order; resolves when the last is done, or when `signal` says that it is over. */
export async function runScript(
  steps: readonly ReadyStep[],
  scripted: Scripted,
  signal: AbortSignal,
): Promise<void> {
  for (const { after, policy, 'next-day': nextDay, say, stop } of steps) {
    if (typeof after === 'string') await scripted.clock.sleep(parseDuration(after) ?? 0, signal);
    else if (after) await answered(scripted, after, signal);
    if (signal.aborted) return;
    if (policy) scripted.configure(policy);
    if (nextDay) scripted.nextDay();
    if (say !== undefined) scripted.say(say);
    if (stop) scripted.stop();
  }
}

/** Resolves when so many requests of each kind have been answered from now on. */
function answered(
  { onAnswered }: Scripted,
  wanted: Readonly<Partial<Record<MessageKind, number>>>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const left = new Map(Object.entries(wanted));
    const over = () => {
      unhear();
      signal.removeEventListener('abort', over);
      resolve();
    };
    const unhear = onAnswered((kind) => {
      const rest = left.get(kind);
      if (rest === undefined) return;
      if (rest > 1) left.set(kind, rest - 1);
      else left.delete(kind);
      if (left.size === 0) over();
    });
    signal.addEventListener('abort', over, { once: true });
  });
}
