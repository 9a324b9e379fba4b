import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { readJournal } from '../journal/read.ts';
import type { ArtefactRef } from '../model/event.ts';

/** A kept picture that a run did not find, or found to differ. */
interface Stale {
  readonly scenario: string;
  readonly step: number;
  readonly copy: string;
  /** As the journal has it: relative to the working directory. */
  readonly file: string;
  readonly observed: string;
  /** What would take its place. */
  readonly picture: ArtefactRef;
  /** Both and the difference; the new one alone when there was none before. */
  readonly difference: ArtefactRef;
  /** The slip shows what no slip may. */
  readonly forbidden: readonly string[];
}

/** Where questions are asked and answers told. */
export interface Conversation {
  readonly out: { write(text: string): unknown };
  /** Absent: nobody is there to ask, and what was asked for with the option is done. */
  ask?(question: string): Promise<string>;
}

/** People at a terminal are asked; a script that gives the option has decided. */
export function conversation(out: NodeJS.WriteStream): Conversation {
  if (!process.stdin.isTTY || !out.isTTY) return { out };
  return {
    out,
    async ask(question) {
      const prompt = createInterface({ input: process.stdin, output: out });
      try {
        return await prompt.question(question);
      } finally {
        prompt.close();
      }
    },
  };
}

/**
 * After a run with `--update-golden`: of every kept picture that is missing or differs, shows the picture of the difference
 * first, then puts the slip of this run in its place. Slips with card data in clear are never taken. The verdicts of the
 * run stay as they are.
 * @returns how many pictures were written
 */
export async function updateGolden(folder: string, { out, ask }: Conversation): Promise<number> {
  const stale = await staleIn(folder);
  if (stale.length === 0) out.write('Every kept picture of a slip is as this run printed it.\n');
  let written = 0;
  for (const one of stale) {
    out.write(`\n${one.scenario} step ${one.step}, ${one.copy} copy: ${one.observed}\n`);
    const what = one.difference === one.picture ? 'the slip' : 'the difference';
    out.write(`  ${what}: ${shown(join(folder, one.difference.path))}\n`);
    if (one.forbidden.length > 0) {
      out.write(`  ${one.file} stays as it is: the slip shows ${one.forbidden.join(', ')}\n`);
      continue;
    }
    const answer = ask ? await ask(`  put this slip in the place of ${one.file}? [y/N] `) : 'y';
    if (!/^\s*(y|yes|是)\s*$/iu.test(answer)) {
      out.write(`  ${one.file} stays as it is\n`);
      continue;
    }
    await mkdir(dirname(resolve(one.file)), { recursive: true });
    await writeFile(one.file, await readFile(join(folder, one.picture.path)));
    written++;
    out.write(`  ${one.file} written\n`);
  }
  if (written > 0) out.write(`\n${written} written; run again to compare with them\n`);
  return written;
}

const shown = (path: string) => {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
};

async function staleIn(folder: string): Promise<readonly Stale[]> {
  const artefacts = new Map<string, ArtefactRef>();
  const forbidden = new Map<string, readonly string[]>();
  // A retry shows the same picture again: the last one counts.
  const stale = new Map<string, Stale>();
  let step = 0;
  for await (const event of readJournal(folder)) {
    const scenario = event.scenario ?? '';
    if (event.type === 'artefact') artefacts.set(event.artefact.id, event.artefact);
    else if (event.type === 'step.start') step = event.step;
    else if (event.type === 'receipt')
      forbidden.set(`${scenario} ${step} ${event.slip.copy}`, event.forbidden);
    else if (event.type === 'expectation' && event.paper?.golden && event.verdict !== 'passed') {
      const { copy, golden, picture = golden.picture } = event.paper;
      const [taken, difference] = [artefacts.get(golden.picture), artefacts.get(picture)];
      if (!taken || !difference) continue;
      stale.set(golden.file, {
        scenario,
        step: event.step,
        copy,
        file: golden.file,
        observed: event.observed,
        picture: taken,
        difference,
        forbidden: forbidden.get(`${scenario} ${event.step} ${copy}`) ?? [],
      });
    }
  }
  return [...stale.values()];
}
