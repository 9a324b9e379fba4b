import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RigError } from '../../rig/model/errors.ts';
import { renderTrace } from './page.ts';
import { readTrace, tracePath } from './trace.ts';

/** `posrig show <run> <scenario>`: writes the trace page and prints where. */
export async function showVerb(
  run: string,
  scenario: string,
  options: { readonly attempt?: string; readonly out?: string; readonly json?: boolean },
): Promise<void> {
  const attempt = options.attempt === undefined ? undefined : Number(options.attempt);
  if (attempt !== undefined && !(Number.isSafeInteger(attempt) && attempt >= 1))
    throw new RigError('USAGE', 'file', `--attempt takes a whole number from 1, not "${options.attempt}"`);
  const trace = await readTrace(run, scenario, attempt);
  const path = options.out ?? join(run, tracePath(trace.id, trace.attempt));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, renderTrace(trace));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ path, id: trace.id, attempt: trace.attempt, verdict: trace.verdict, events: trace.events.length })}\n`
      : `${path}\n`,
  );
}
