import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { parse } from 'yaml';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';

const DefectFile = z.strictObject({
  version: z.literal(1),
  defects: z.array(
    z.strictObject({
      id: z.string().regex(/^[a-z][a-z0-9-]*$/),
      title: z.strictObject({ en: z.string(), zh: z.string() }),
      'caught-by': z.array(z.string()).min(1).describe('ids of shipped scenarios that must fail'),
      bench: z.string().optional().describe('the shipped bench on which that shows; else the built-in one'),
      rule: z.string().optional().describe('the receipt rule that must be broken there'),
    }),
  ),
});

/** A real-world firmware bug that this virtual terminal can have. */
export type Defect = z.infer<typeof DefectFile>['defects'][number];

const CATALOGUE = 'drivers/virtual/terminal/defects.yaml';

/** The defect catalogue that ships with the virtual terminal. Throws FILE_INVALID when the file is damaged. */
export function loadDefects(path: string = packaged(CATALOGUE)): readonly Defect[] {
  const read = DefectFile.safeParse(parse(readFileSync(path, 'utf8')));
  if (read.success) return read.data.defects;
  throw new RigError(
    'FILE_INVALID',
    'file',
    `${path} is not a defect catalogue: ${z.prettifyError(read.error)}`,
  );
}

/** Ids that the defect catalogue has; the error names the nearest. */
export function checkDefects(ids: readonly string[]): ReadonlySet<string> {
  const known = loadDefects().map((defect) => defect.id);
  for (const id of ids) {
    if (known.includes(id)) continue;
    throw new RigError(
      'BENCH_OPTION',
      'file',
      `there is no defect "${id}"; did you mean ${closest(id, known)}?`,
      {
        hint: 'See `posrig list defects`.',
      },
    );
  }
  return new Set(ids);
}

/** Ids of the catalogue as the firmware asks for them; a misspelt `defects.has(…)` does not compile. */
export const DEFECT_IDS = [
  'hangs-with-reversal-due',
  'no-reversal-on-timeout',
  'reversal-new-stan',
  'full-pan-on-slip',
  'amount-from-request',
  'reversal-forgotten-on-power-cut',
  'mac-not-checked',
  'no-batch-upload',
  'decline-shown-as-approved',
  'slip-lost-on-power-cut',
  'reprint-not-marked',
  'void-not-in-totals',
  'offline-sale-uploaded-twice',
  'completion-without-hold',
  'tip-not-in-totals',
  'pre-auth-in-totals',
  'pre-auth-never-reversed',
  'arpc-not-checked',
  'track-in-clear',
  'download-not-obeyed',
  'requirement-ignored',
  'signature-lost',
  'pan-in-groups',
  'masks-complement',
  'slip-amount-wrong',
  'slip-currency-wrong',
  'slip-date-stale',
  'rrn-missing',
  'original-marked-duplicate',
  'reprint-shows-new-time',
  'merchant-name-cut',
  'signature-line-after-pin',
  'two-merchant-copies',
  'decline-prints-slip',
  'expiry-on-slip',
  'track-in-remarks',
  'qr-with-pan',
  'raster-pan',
  'original-not-named',
  'aid-missing',
  'settlement-slip-adds-wrong',
  'till-not-kept-waiting',
  'till-told-approved-on-decline',
  'scanner-keeps-last-code',
  'code-without-fen',
  'unpaid-code-is-paid',
  'given-up-code-can-be-paid',
  'till-dle-not-doubled',
  'till-not-told-of-cancel',
  'till-waits-too-short',
  'till-unheard-result-aborted',
  'till-last-only-when-told',
  'till-totals-stale',
  'reversal-sent-twice',
  'tpdu-astray',
  'pin-not-told',
  'chip-sequence-missing',
  'reversal-forgotten-at-sign-on',
  'void-overtakes-reversal',
  'notice-given-up',
  'notice-overtaken',
  'scan-never-reversed',
  'old-keys-kept',
  'answer-of-others-taken',
  'slip-again-after-power-cut',
  'refused-still-counted',
] as const;
export type DefectId = (typeof DEFECT_IDS)[number];

/** The defects this firmware was built with. */
export interface Defects {
  has(id: DefectId): boolean;
}

/** Checks names against the catalogue; throws USAGE for one that does not exist. */
export function defectsOf(ids: ReadonlySet<string>): Defects {
  const known: ReadonlySet<string> = new Set(DEFECT_IDS);
  for (const id of ids) {
    if (known.has(id)) continue;
    throw new RigError('USAGE', 'file', `the virtual terminal has no defect "${id}"`, {
      hint: `Choose from: ${DEFECT_IDS.join(', ')}.`,
    });
  }
  return { has: (id) => ids.has(id) };
}
