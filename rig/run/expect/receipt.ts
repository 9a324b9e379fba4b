import type { CapturedSlip, PlaneByName } from '../../bench/planes.ts';
import { isUnlabelled } from '../../model/receipt.ts';
import type { PartUnderTest } from '../../model/verdict.ts';
import { doubtOf } from '../../receipts/doubt.ts';
import { describeSlip } from '../../receipts/subject.ts';
import { untold } from '../../receipts/untold.ts';
import { FIELD_CHECKS } from '../../scenario/receipt-words.ts';
import type { ReceiptExpect, SlipExpect } from '../../scenario/scenario.ts';
import { labelsProved } from '../labels-proved.ts';
import type { StepRecord } from '../step-record.ts';
import { paperOf, stanOf } from '../step-record.ts';
import { judgeField, type Known, toldIn, wantedText } from './field.ts';
import { met, type Observation, unclear, unmet, untellable } from './observation.ts';
import { shownOn } from './rules.ts';

const COPIES = ['merchant', 'customer', 'settlement'] as const;

/** Expectations on the paper of one step. */
export function expectReceipt(
  expected: 'none' | ReceiptExpect,
  record: StepRecord,
  currency: string,
  underTest: readonly PartUnderTest[],
  bearings: Paper = {},
): Observation[] {
  const path = 'expect.receipt';
  const slips = paperOf(record);
  if (expected === 'none') {
    const printed = slips.filter((slip) => slip.copy === 'merchant' || slip.copy === 'customer');
    return printed.length === 0
      ? [met(path, 'no slip', 'no slip')]
      : [
          unmet(
            path,
            'no slip',
            `${printed.length} printed: ${printed.map(describeSlip).join('; ')}`,
            'terminal',
            underTest,
          ),
        ];
  }
  const found: Observation[] = [];
  for (const copy of COPIES) {
    const fields = expected[copy];
    if (!fields) continue;
    const candidates = slips.filter((slip) => slip.copy === copy);
    const stan = stanOf(record);
    // What the power cut tore is printed again whole.
    const inOrder = record.outcome === 'interrupted' ? candidates.toReversed() : candidates;
    const slip = inOrder.find((candidate) => candidate.fields['stan'] === stan) ?? inOrder[0];
    const strange = slips.find(isUnlabelled);
    const proved = labelsProved([...slips, ...(bearings.planes?.printer?.slips() ?? [])]);
    if ((!slip || slip === strange) && strange && !proved) {
      found.push(unclear(`${path}.${copy}`, `a ${copy} copy`, describeSlip(strange), LABELS_DOUBTFUL));
      continue;
    }
    if (!slip) {
      found.push(unmet(`${path}.${copy}`, `a ${copy} copy`, printedInstead(slips), 'terminal', underTest));
      continue;
    }
    found.push(met(`${path}.${copy}`, `a ${copy} copy`, describeSlip(slip)));
    found.push(...expectFields(`${path}.${copy}`, fields, slip, record, currency, underTest, bearings));
  }
  if (expected.duplicate) {
    const unmarked = slips.filter((slip) => !slip.duplicate);
    const all = slips.length > 0 && unmarked.length === 0;
    const observed =
      slips.length === 0
        ? 'nothing was printed'
        : all
          ? 'marked'
          : `not marked: ${unmarked.map(describeSlip).join('; ')}`;
    found.push(
      all
        ? met(`${path}.duplicate`, 'every copy marked as a reprint', observed)
        : unmet(`${path}.duplicate`, 'every copy marked as a reprint', observed, 'terminal', underTest),
    );
  }
  if (expected.forbiddenNone) found.push(expectNothingForbidden(`${path}.forbidden`, slips, underTest));
  return found;
}

/** What was read from a picture with digits that may be misread is for a person to look at. */
function expectNothingForbidden(
  path: string,
  slips: readonly CapturedSlip[],
  underTest: readonly PartUnderTest[],
): Observation {
  const expected = 'no forbidden content on paper';
  const told = (of: (slip: CapturedSlip) => readonly string[] | undefined) =>
    slips.flatMap((slip) => {
      const kinds = of(slip) ?? [];
      return kinds.length > 0 ? [`${slip.copy} copy shows ${kinds.join(', ')}`] : [];
    });
  const found = told(({ forbidden }) => forbidden);
  if (found.length > 0) return unmet(path, expected, found.join('; '), 'terminal', underTest);
  const perhaps = told(({ suspected }) => suspected);
  if (perhaps.length > 0)
    return unclear(path, expected, perhaps.join('; '), 'if digits were misread in the picture');
  // A logo that nobody read is no doubt; a slip that is a picture is.
  const unread = slips.some(({ receipt, reading }) => receipt.unread && reading);
  if (unread) return unclear(path, expected, 'none in what is text', 'pictures on the paper were not read');
  return met(path, expected, 'none');
}

function expectFields(
  path: string,
  fields: SlipExpect,
  slip: CapturedSlip,
  record: StepRecord,
  currency: string,
  underTest: readonly PartUnderTest[],
  { planes, locale }: Paper,
): Observation[] {
  const known: Known = { record, currency, locale, told: toldIn(record, planes?.till?.records() ?? []) };
  return Object.entries(fields).map(([name, check]): Observation => {
    const at = `${path}.${name}`;
    const judged = judgeField(name, check, slip, known);
    if (!judged)
      return { path: at, expected: FIELD_CHECKS['matches-till'], observed: NOT_TOLD, verdict: 'skipped' };
    const { expected, observed, good } = judged;
    const wanted = wantedText(name, check, known);
    const missing = slip.fields[name] ? [] : [name];
    const why = good
      ? undefined
      : untold(slip, { texts: wanted === undefined ? [] : [wanted], fields: missing });
    if (why !== undefined) return untellable(at, expected, why);
    const doubt = doubtOf({
      slip,
      fields: [name],
      good,
      wanted: wanted === undefined ? {} : { [name]: wanted },
      again: (other) => judgeField(name, check, other, known)?.good,
    });
    if (good && doubt === undefined) return met(at, expected, observed);
    const shown = planes ? shownOn(slip, slip.fieldLines?.[name] ?? [], planes, `${slip.copy}-${name}`) : {};
    return doubt === undefined
      ? { ...unmet(at, expected, observed, 'terminal', underTest), ...shown }
      : { ...unclear(at, expected, observed, doubt), ...shown };
  });
}

const LABELS_DOUBTFUL =
  'no slip of this terminal could be read by the labels of its profile so far: they may be those of another one';

const NOT_TOLD = 'not observed: no till was told of this transaction, or not this value';

/** Where verdicts on paper take their pictures from, and whose signs amounts have. */
interface Paper {
  readonly planes?: Partial<PlaneByName>;
  readonly locale?: string;
}

const printedInstead = (slips: readonly CapturedSlip[]): string =>
  slips.length === 0 ? 'nothing was printed' : `only ${slips.map(describeSlip).join('; ')}`;
