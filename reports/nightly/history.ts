import { appendFile, readFile, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { RigError } from '../../rig/model/errors.ts';
import { BLAMES, VERDICTS } from '../../rig/model/verdict.ts';
import type { RunBrief } from '../model.ts';

/** One attempt at a scenario, as the history keeps it: one JSON object a line. Nothing of it is card data. */
export const HistoryLine = z.object({
  /** Head of the run's hash chain, else the hash of its journal: the run's identity. */
  run: z.string(),
  wall: z.string(),
  scenario: z.string(),
  /** Hash of the scenario file: what is tested may change under an id. */
  version: z.string(),
  attempt: z.int().min(1),
  firmware: z.string(),
  profile: z.string(),
  bench: z.string(),
  verdict: z.enum(VERDICTS),
  blame: z.enum(BLAMES).optional(),
  code: z.string().optional(),
  nominalMs: z.number(),
});
export type HistoryLine = z.infer<typeof HistoryLine>;

/** The attempts of a run as lines of the history. */
export const linesOf = (run: RunBrief, firmware: string): readonly HistoryLine[] =>
  run.scenarios
    .filter(({ verdict }) => verdict !== 'skipped')
    .map(({ id, attempt, start, startedWall, verdict, blame, findings, nominalMs }) => {
      const code = findings.find((finding) => finding.verdict === verdict)?.code;
      return {
        run: run.head ?? run.sha256,
        wall: startedWall,
        scenario: id,
        version: start.sha256,
        attempt,
        firmware,
        profile: run.start?.profile.id ?? '',
        bench: run.start?.bench.id ?? '',
        verdict,
        ...(blame ? { blame } : {}),
        ...(code !== undefined && verdict !== 'passed' ? { code } : {}),
        nominalMs: Math.round(nominalMs),
      };
    });

/**
 * The lines of a history file; none when there is no file. Half a line at the end, of a rig that was killed, is left out.
 * Throws FILE_INVALID with the place of any other line that is none.
 */
export async function readHistory(file: string): Promise<readonly HistoryLine[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new RigError('FILE_UNREADABLE', 'file', `cannot read ${file}: ${error.message}`, { cause: error });
  });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => {
      const parsed = HistoryLine.safeParse(jsonOf(line));
      if (parsed.success) return parsed.data;
      throw new RigError('FILE_INVALID', 'file', `${file}:${i + 1}:1: the line is none of a history`, {
        at: `${file}:${i + 1}:1`,
        hint: 'posrig nightly writes this file; take the line out, or restore the file.',
      });
    });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Appends the lines that the history does not have yet; returns how many. Half a line at the end, of a night that was killed
 * while writing it, goes first: the attempts that it was of are added again with their run.
 */
export async function appendHistory(
  file: string,
  known: readonly HistoryLine[],
  fresh: readonly HistoryLine[],
): Promise<number> {
  const identity = ({ run, scenario, attempt }: HistoryLine) => JSON.stringify([run, scenario, attempt]);
  const had = new Set(known.map(identity));
  const lines = fresh.filter((line) => !had.has(identity(line)));
  if (lines.length === 0) return 0;
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) await truncate(file, whole);
  await appendFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return lines.length;
}
