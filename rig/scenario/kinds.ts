import type { z } from 'zod';
import { Bench } from '../bench/bench.ts';
import { LabelSet } from '../bench/label-set.ts';
import { nearestWord } from '../bench/load-issue.ts';
import { keysAt } from '../bench/load-words.ts';
import { HostPolicy } from '../bench/policy.ts';
import { Profile } from '../bench/profile.ts';
import { CampaignFile } from '../model/campaign.ts';
import { CardFile } from '../model/card.ts';
import { AccessFile, RegionFile } from '../model/region.ts';
import { RulePack } from '../receipts/pack.ts';
import { QuestionnaireFile } from './applicability.ts';
import { ClaimFile, PlanFile, ScenarioFile } from './schema.ts';

/** The kinds of files that posrig reads, and by which top level keys each is known. */
export interface FileKind {
  readonly title: string;
  readonly schema: z.ZodType;
  /** Keys that only this kind has; one of them is enough. */
  readonly marks: readonly string[];
}

export const FILE_KINDS = {
  scenario: {
    title: 'Scenario',
    schema: ScenarioFile,
    marks: ['steps', 'proves', 'given', 'cases', 'needs'],
  },
  plan: { title: 'Plan: a selection of scenarios', schema: PlanFile, marks: ['scenarios'] },
  claims: { title: 'Claims that scenarios prove', schema: ClaimFile, marks: ['claims'] },
  profile: {
    title: 'Terminal profile',
    schema: Profile,
    marks: ['keypad', 'screens', 'maker', 'capabilities', 'timers'],
  },
  bench: { title: 'Bench', schema: Bench, marks: ['planes', 'under-test', 'extends', 'services'] },
  cards: { title: 'Test cards', schema: CardFile, marks: ['cards'] },
  regions: { title: 'Regions', schema: RegionFile, marks: ['regions'] },
  access: { title: 'Access networks', schema: AccessFile, marks: ['access'] },
  policy: {
    title: 'Answers of the simulated acquirer',
    schema: HostPolicy,
    marks: Object.keys(HostPolicy.shape),
  },
  labels: {
    title: 'Labels of receipts',
    schema: LabelSet,
    marks: ['labels', 'copy-marks', 'duplicate-marks', 'currencies'],
  },
  // Behind the policy, which has rules too: a file that could be either is a policy.
  'receipt-rules': { title: 'Receipt rule pack', schema: RulePack, marks: ['rules'] },
  questionnaire: {
    title: 'Questions that a terminal profile answers',
    schema: QuestionnaireFile,
    marks: ['questions'],
  },
  campaign: {
    title: 'Campaign: what a certification report says beside the results',
    schema: CampaignFile,
    marks: ['campaign', 'laboratory', 'customer', 'signatories', 'decision-rule'],
  },
} as const satisfies Record<string, FileKind>;

export type FileKindName = keyof typeof FILE_KINDS;
export const FILE_KIND_NAMES = Object.keys(FILE_KINDS) as FileKindName[];

/**
 * The kind of a document, by its top level keys: the kind that most of them mark, where a misspelt mark counts too
 * (`stpes` makes it a scenario with a mistake, not an unknown file), and keys that a kind does not know count against it.
 * Undefined when nothing tells.
 */
export function kindOf(document: unknown): FileKindName | undefined {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
  const keys = Object.keys(document).slice(0, 100);
  let best: { kind: FileKindName; score: number } | undefined;
  for (const kind of FILE_KIND_NAMES) {
    const { marks, schema }: FileKind = FILE_KINDS[kind];
    const known = keysAt(schema, []);
    const weights = keys.map((key) => weight(key, marks, known));
    const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);
    const against = sum(weights.filter((one) => one < 0));
    const score = sum(weights.filter((one) => one > 0)) + Math.max(against, MOST_AGAINST);
    if (score > (best?.score ?? 0)) best = { kind, score };
  }
  return best?.kind;
}

/** Two marks outweigh any number of strange keys. */
const MOST_AGAINST = -7;

function weight(key: string, marks: readonly string[], known: readonly string[]): number {
  if (marks.includes(key)) return 4;
  if (known.includes(key)) return 0;
  return nearestWord(key, marks) ? 2 : nearestWord(key, known) ? 0 : -1;
}
