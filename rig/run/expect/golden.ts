import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import type { CapturedSlip, GoldenAnswer, PrinterPlane } from '../../bench/planes.ts';
import type { PartUnderTest } from '../../model/verdict.ts';
import type { GoldenImage } from '../../scenario/scenario.ts';
import { met, type Observation, unclear, unmet } from './observation.ts';

/** A larger file is no picture of a slip, bytes. */
const FILE_MAX = 4 << 20;
/** Places that a verdict names. */
const NAMED = 4;

/**
 * Compares a copy with the picture that was kept of it. No picture yet is inconclusive; for a terminal of which none was
 * asked for by name (`{profile}`) it is not observed.
 * @param profile id of the terminal profile
 */
export function expectGolden(
  golden: GoldenImage,
  slip: CapturedSlip,
  printer: PrinterPlane,
  profile: string,
  underTest: readonly PartUnderTest[],
): Observation {
  const path = `expect.receipt.image.${golden.copy}`;
  const file = golden.file.replaceAll('{profile}', profile);
  const shown = relative(process.cwd(), file);
  const expected = `a ${golden.copy} copy that looks like ${shown}`;
  if (!printer.compareGolden)
    return { path, expected, observed: 'not observed: this printer draws no slips', verdict: 'skipped' };
  const content = contentOf(file);
  const answer = printer.compareGolden(slip, { ...golden, content }, `${golden.copy}-image`);
  const paper = paperOf(slip, answer, shown, printer);
  if (content === undefined) {
    const observed = 'there is no such picture yet; --update-golden takes the slip of this run';
    const ofAnyTerminal = golden.file.includes('{profile}');
    return ofAnyTerminal
      ? { path, expected, observed, verdict: 'skipped', paper }
      : { path, expected, observed, verdict: 'inconclusive', blame: 'file', paper };
  }
  if (answer.unreadable !== undefined)
    return { path, expected, observed: answer.unreadable, verdict: 'inconclusive', blame: 'file', paper };
  if (answer.differences.length === 0)
    return met(
      path,
      expected,
      answer.differing === 0 ? 'the same' : `${dots(answer.differing)}, as many as may`,
    );
  const observed = describe(answer);
  // What is only a picture may have been masked by what was read from it.
  if (slip.receipt.unread)
    return {
      ...unclear(path, expected, observed, 'pictures on the paper were not read, and are not shown'),
      paper,
    };
  return { ...unmet(path, expected, observed, 'terminal', underTest), paper };
}

function contentOf(file: string): Uint8Array | undefined {
  try {
    return statSync(file).size > FILE_MAX ? new Uint8Array(0) : readFileSync(file);
  } catch {
    return undefined;
  }
}

const dots = (count: number) => `${count} ${count === 1 ? 'dot differs' : 'dots differ'}`;

function describe({ differences }: GoldenAnswer): string {
  const told = differences
    .slice(0, NAMED)
    .map(({ place, differing, budget }) => `${place}: ${dots(differing)}, ${budget} may`);
  const more = differences.length - NAMED;
  return `${told.join('; ')}${more > 0 ? `; and ${more} ${more === 1 ? 'place' : 'places'} more` : ''}`;
}

function paperOf(slip: CapturedSlip, answer: GoldenAnswer, file: string, printer: PrinterPlane) {
  const lines = [...new Set(answer.differences.flatMap((one) => one.lines))].sort((a, b) => a - b);
  return {
    copy: slip.copy,
    source: slip.source ?? 'printer',
    lines: printer.excerpt?.(slip, lines) ?? [],
    picture: (answer.difference ?? answer.picture).id,
    golden: { file, picture: answer.picture.id },
  };
}
