import { formatDuration } from '../../model/time.ts';
import type { PartUnderTest } from '../../model/verdict.ts';
import { judgeSet } from '../../receipts/judge.ts';
import type { Check, PackedRule } from '../../receipts/pack.ts';
import { describeSlip } from '../../receipts/subject.ts';
import type { ReceiptExpect } from '../../scenario/scenario.ts';
import { paperOf, type StepRecord } from '../step-record.ts';
import { expectGolden } from './golden.ts';
import { met, type Observation, unclear, unmet, untellable } from './observation.ts';
import { shownOn } from './rules.ts';
import { type SubjectBearings, subjectsOf } from './subjects.ts';

const ANY_COPY = ['merchant', 'customer', 'settlement'] as const;
/** Where a cardholder is asked to sign. */
const SIGNATURE = [
  '持卡人签名',
  'CARD\\s?HOLDER\\S* SIGNATURE',
  '^\\s*(SIGNATURE|SIGN HERE|签名|签字|UNTERSCHRIFT)\\s*[:_.]',
];

/** What a scenario asks of all copies of a step, beyond their fields: as checks of receipt rules. */
interface Demand {
  readonly name: string;
  readonly check: Check;
  readonly when?: PackedRule['when'];
  /** It may well not apply: no observation then. */
  readonly may?: true;
}

function demandsOf(expected: ReceiptExpect): Demand[] {
  const { must, mustNot, signature, original, heights, bold, codes, duplicate } = expected;
  const demands: Demand[] = [
    // One demand a line: a check is content with any of several.
    ...(must ?? []).map((line): Demand => ({ name: 'must', check: { line: [line] } })),
    ...(mustNot ? [{ name: 'must-not', check: { 'no-line': [...mustNot] } }] : []),
    ...(original ? [{ name: 'original', check: { 'names-original': true as const } }] : []),
    ...(heights ? [{ name: 'style', check: { height: { ...heights } } }] : []),
    ...(bold ? [{ name: 'style', check: { bold: [...bold] } }] : []),
    ...(codes ?? []).map((code): Demand => ({ name: code.symbology ?? 'barcode', check: { code } })),
    ...(duplicate ? [{ name: 'duplicate', check: { 'same-as-original': [] }, may: true as const }] : []),
  ];
  const line: Check = { line: SIGNATURE };
  const none: Check = { 'no-line': SIGNATURE };
  if (signature === 'present') demands.push({ name: 'signature', check: line, when: { copy: ['merchant'] } });
  if (signature === 'absent') demands.push({ name: 'signature', check: none });
  if (signature === 'by-cvm') {
    demands.push(
      { name: 'signature', check: line, when: { copy: ['merchant'], cvm: 'signature' }, may: true },
      { name: 'signature', check: none, when: { cvm: 'pin' }, may: true },
      { name: 'signature', check: none, when: { cvm: 'pad' }, may: true },
    );
  }
  return demands;
}

/** Compares the copies of the last step, their order and time, and what stands on all of them, with the scenario. */
export function expectPaper(
  expected: 'none' | ReceiptExpect,
  records: readonly StepRecord[],
  bearings: SubjectBearings & { readonly underTest: readonly PartUnderTest[] },
): Observation[] {
  const record = records.at(-1);
  if (expected === 'none' || !record) return [];
  const slips = paperOf(record);
  const { underTest, planes } = bearings;
  const found: Observation[] = [];
  const compare = (name: string, wanted: string, observed: string, good: boolean) =>
    found.push(
      good
        ? met(`expect.receipt.${name}`, wanted, observed)
        : unmet(`expect.receipt.${name}`, wanted, observed, 'terminal', underTest),
    );
  const printed = slips.map(describeSlip).join(', then ') || 'nothing was printed';
  if (expected.copies) {
    const copies = slips.flatMap(({ copy }) => (copy === 'other' ? [] : [copy]));
    const wanted = expected.copies.map((copy) => `${copy} copy`).join(', then ');
    compare('copies', `exactly: ${wanted}`, printed, copies.join() === expected.copies.join());
  }
  if (expected.withinMs !== undefined) found.push(...printedWithin(expected.withinMs, record, underTest));
  for (const golden of expected.images ?? []) {
    const slip = slips.find(({ copy }) => copy === golden.copy);
    if (!slip) compare(`image.${golden.copy}`, `a ${golden.copy} copy`, printed, false);
    else if (planes.printer)
      found.push(expectGolden(golden, slip, planes.printer, bearings.profile.id, underTest));
  }
  const sets = subjectsOf(records, bearings);
  for (const { name, check, when = {}, may } of demandsOf(expected)) {
    const rule = ruleOf(name, check, when);
    const results = sets.flatMap((set) => judgeSet(set, [rule]));
    if (results.length === 0 && !may) compare(name, `copies on which to look for it`, printed, false);
    for (const { subject, lines, ...result } of results) {
      const path = `expect.receipt.${name}`;
      if (result.untold !== undefined) {
        found.push(untellable(path, result.expected, result.untold));
        continue;
      }
      const told = `${subject.slip.copy} copy: ${result.observed}`;
      if (result.good && result.doubt === undefined) {
        found.push(met(path, result.expected, told));
        continue;
      }
      const bad =
        result.doubt === undefined
          ? unmet(path, result.expected, told, 'terminal', underTest)
          : unclear(path, result.expected, told, result.doubt);
      found.push({ ...bad, ...shownOn(subject.slip, lines, planes, `${subject.slip.copy}-${name}`) });
    }
  }
  return found;
}

const ruleOf = (name: string, check: Check, when: PackedRule['when']): PackedRule => ({
  id: `scenario/${name}`,
  title: { en: name, zh: name },
  source: 'the scenario',
  when: { copy: [...ANY_COPY], ...when },
  check,
});

/** A limit is kept or broken only if the noise of the machine could not have decided it. */
function printedWithin(
  limit: number,
  record: StepRecord,
  underTest: readonly PartUnderTest[],
): Observation[] {
  const path = 'expect.receipt.within';
  const expected = `all copies begun within ${formatDuration(limit)}`;
  const slips = paperOf(record);
  if (slips.length === 0) return [unmet(path, expected, 'nothing was printed', 'terminal', underTest)];
  const took = Math.max(...slips.map(({ at }) => at)) - record.from;
  // Keys, dialogue and paper take many turns: each stall among them has made it longer.
  const late = Math.max(record.uncertainty, record.drawnOut ?? 0);
  const observed = `${formatDuration(took)} ± ${formatDuration(late)}`;
  if (took + record.uncertainty <= limit) return [met(path, expected, observed)];
  if (took - late > limit) return [unmet(path, expected, observed, 'terminal', underTest)];
  return [
    {
      path,
      expected,
      observed: `${observed}: too close to the limit for this machine`,
      verdict: 'inconclusive',
      blame: 'rig',
    },
  ];
}
