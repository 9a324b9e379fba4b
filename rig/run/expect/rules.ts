import type { PlaneByName } from '../../bench/planes.ts';
import type { PartUnderTest } from '../../model/verdict.ts';
import { judgeSet, type RuleResult } from '../../receipts/judge.ts';
import type { PackedRule } from '../../receipts/pack.ts';
import type { StepRecord } from '../step-record.ts';
import { met, type Observation, unclear, unmet, untellable } from './observation.ts';
import { type SubjectBearings, subjectsOf } from './subjects.ts';

/**
 * The receipt rules on every slip of the last step: one observation for each rule that is broken, with the place on the
 * paper, and one for each slip that keeps them all.
 */
export function observeRules(
  records: readonly StepRecord[],
  rules: readonly PackedRule[],
  bearings: SubjectBearings & { readonly underTest: readonly PartUnderTest[] },
): Observation[] {
  if (rules.length === 0) return [];
  const results = subjectsOf(records, bearings).flatMap((set) => judgeSet(set, rules));
  const bad = results.filter(({ good, doubt }) => !good || doubt !== undefined);
  return [
    ...bad.map((result) => broken(result, bearings)),
    ...keptOf(results.filter(({ subject }) => !bad.some((one) => one.subject === subject))),
  ];
}

const pathOf = ({ subject }: RuleResult) => `receipt.${subject.slip.copy}`;

function broken(
  result: RuleResult,
  { planes, underTest }: SubjectBearings & { readonly underTest: readonly PartUnderTest[] },
): Observation {
  const { rule, subject, expected, observed, lines, doubt } = result;
  const path = `${pathOf(result)}.rules.${rule.id}`;
  if (result.untold !== undefined)
    return {
      ...untellable(path, expected, result.untold),
      rule: { id: rule.id, title: rule.title, source: rule.source },
    };
  return {
    ...(doubt === undefined
      ? unmet(path, expected, observed, 'terminal', underTest)
      : unclear(path, expected, observed, doubt)),
    rule: { id: rule.id, title: rule.title, source: rule.source },
    ...shownOn(subject.slip, lines, planes, rule.id),
  };
}

/** The place on the paper: its text, and the picture that the printer plane draws of it. */
export function shownOn(
  slip: RuleResult['subject']['slip'],
  lines: readonly number[],
  planes: Partial<PlaneByName>,
  name: string,
): Pick<Observation, 'paper'> {
  const picture = planes.printer?.picture?.(slip, lines, name);
  const crop = planes.printer?.excerpt?.(slip, lines) ?? [];
  if (crop.length === 0 && !picture) return {};
  return {
    paper: {
      copy: slip.copy,
      lines: crop,
      source: slip.source ?? 'printer',
      ...(picture ? { picture: picture.id } : {}),
    },
  };
}

/** How many rules each sound slip keeps: the report says what was looked at. */
function keptOf(results: readonly RuleResult[]): Observation[] {
  const bySlip = new Map<RuleResult['subject'], RuleResult[]>();
  for (const result of results) bySlip.set(result.subject, [...(bySlip.get(result.subject) ?? []), result]);
  return [...bySlip.values()].flatMap((kept) => {
    const [first] = kept;
    if (!first) return [];
    const packs = [...new Set(kept.map(({ rule }) => rule.id.split('/')[0]))].join(', ');
    return [met(`${pathOf(first)}.rules`, `${kept.length} rules of ${packs}`, 'kept')];
  });
}
