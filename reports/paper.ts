import type { EventOf } from '../rig/model/event.ts';
import type { Language } from './words.ts';

/** Words beside what stands on the paper. */
const WORDS = {
  rule: { en: 'rule', zh: '规则' },
  paper: { en: 'on the paper', zh: '纸面' },
} as const;

/**
 * A verdict on a receipt as text that can be pasted into a bug report: the rule with its source, then the lines of the paper
 * around the place, those that are meant with `>`. Empty for verdicts about anything else.
 */
export function paperLines({ rule, paper }: EventOf<'expectation'>, lang: Language): readonly string[] {
  const lines: string[] = [];
  if (rule) lines.push(`${WORDS.rule[lang]} ${rule.id}: ${rule.title[lang]} (${rule.source})`);
  if (paper && paper.lines.length > 0)
    lines.push(
      `${WORDS.paper[lang]} (${paper.copy}, ${paper.source}):`,
      ...paper.lines.map((line) => `  | ${line}`),
    );
  return lines;
}
