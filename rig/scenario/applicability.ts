import { z } from 'zod';
import { type FileOf, loadData, loadProfile } from '../bench/load.ts';
import { type FileIssue, type Loaded, nearestWord, quote } from '../bench/load-issue.ts';
import { issueAt, readYaml, type Source } from '../bench/load-yaml.ts';
import { OPERATIONS, type Profile } from '../bench/profile.ts';
import { ENTRY_MODES } from '../model/card.ts';
import type { EventOf, Titles as TitlesOf } from '../model/event.ts';
import { packaged } from '../model/package-root.ts';
import type { Scenario } from './scenario.ts';
import type { PlanFile } from './schema.ts';
import { Id, Titles } from './terms.ts';

/** The questions that whoever brings a terminal answers: its implementation conformance statement (ICS). */
export const QuestionnaireFile = z.strictObject({
  version: z.literal(1),
  questions: z
    .array(
      z.strictObject({
        id: Id,
        title: Titles,
        means: z
          .strictObject({
            entry: z.array(z.enum(ENTRY_MODES)).optional(),
            operations: z.array(z.enum(OPERATIONS)).optional(),
          })
          .optional()
          .describe('capabilities of the profile that a terminal has exactly when the answer is yes'),
        implies: z.array(Id).optional().describe('questions that then are answered with yes, too'),
      }),
    )
    .min(1),
});
export type Questionnaire = z.infer<typeof QuestionnaireFile>;

/** Where the questions stand that ship. */
export const QUESTIONNAIRE = 'scenarios/questionnaire.yaml';

/** The questions that ship; undefined when their file is not as it should be (`posrig check` tells). */
export const shippedQuestionnaire = (): Questionnaire | undefined =>
  loadData(packaged(QUESTIONNAIRE), QuestionnaireFile).value?.value;

/**
 * What is wrong with the answers of a profile: questions that there are not, answers that contradict its capabilities or
 * one another. Each stands at its place in the file.
 */
export function contradictions(
  profile: Partial<Pick<Profile, 'ics' | 'capabilities'>>,
  { questions }: Questionnaire,
  source: Source,
): readonly FileIssue[] {
  const { ics = {}, capabilities } = profile;
  const offered = new Set<string>([...(capabilities?.entry ?? []), ...(capabilities?.operations ?? [])]);
  return Object.entries(ics).flatMap(([id, answer]) => {
    const at = (message: string, more?: { nearest?: string | undefined }) =>
      issueAt(source, ['ics', id], message, more);
    const question = questions.find((candidate) => candidate.id === id);
    if (!question) {
      const nearest = nearestWord(
        id,
        questions.map((candidate) => candidate.id),
      );
      return [at(`there is no question ${quote(id)}`, { nearest })];
    }
    const meant: readonly string[] = [
      ...(question.means?.entry ?? []),
      ...(question.means?.operations ?? []),
    ];
    const missing = answer === 'yes' ? meant.filter((one) => !offered.has(one)) : [];
    const extra = answer === 'no' ? meant.filter((one) => offered.has(one)) : [];
    const unlike = answer === 'yes' ? (question.implies ?? []).filter((other) => ics[other] === 'no') : [];
    return [
      ...(capabilities && missing.length > 0
        ? [at(`the answer to ${quote(id)} is yes, but the capabilities have no ${missing.join(' and ')}`)]
        : []),
      ...(capabilities && extra.length > 0
        ? [at(`the answer to ${quote(id)} is no, but the capabilities have ${extra.join(' and ')}`)]
        : []),
      ...unlike.map((other) =>
        at(`the answer to ${quote(id)} is yes, which contradicts the answer no to ${quote(other)}`),
      ),
    ];
  });
}

/** A question, and what the profile of a terminal answers. */
export type IcsAnswer = NonNullable<EventOf<'run.start'>['answers']>[number];

/** The questions that a terminal's conformance statement answers, in the questionnaire's order. */
export const answersOf = (
  { ics = {} }: Pick<Profile, 'ics'>,
  { questions }: Questionnaire,
): readonly IcsAnswer[] =>
  questions.flatMap(({ id, title }) => {
    const answer = ics[id];
    return answer === undefined ? [] : [{ id, title, answer }];
  });

/**
 * As `loadProfile`, for whoever judges a terminal by its answers: a contradiction among them is an issue of the file, because
 * nobody could say then which scenarios apply.
 */
export function loadStatedProfile(reference: string, from?: string): Loaded<FileOf<Profile>> {
  const loaded = loadProfile(reference, from);
  const questionnaire = shippedQuestionnaire();
  if (!loaded.value || !questionnaire) return loaded;
  const { source } = readYaml(loaded.value.file);
  const issues = source ? contradictions(loaded.value.value, questionnaire, source) : [];
  return issues.length > 0 ? { issues } : loaded;
}

/** Does a requirement fit a pattern of a plan: its id, or a block such as `online.*`? */
export const fitsRequirement = (claim: string, pattern: string): boolean =>
  pattern.endsWith('.*') ? claim.startsWith(pattern.slice(0, -1)) : claim === pattern;

/** Is a scenario within a plan's choice of requirements? Without a choice, all are. */
export const isChosen = (
  { proves }: Pick<Scenario, 'proves'>,
  { requirements }: Pick<PlanFile, 'requirements'>,
): boolean =>
  !requirements || proves.some((claim) => requirements.some((pattern) => fitsRequirement(claim, pattern)));

/**
 * Why a plan takes a scenario for not applicable, by the terminal's answers; undefined when it applies. An answer that was
 * not given excludes nothing.
 */
export function excludedBy(
  scenario: Pick<Scenario, 'id' | 'proves'>,
  { 'not-applicable': rules = [] }: Pick<PlanFile, 'not-applicable'>,
  ics: Readonly<Record<string, string>>,
): TitlesOf | undefined {
  const rule = rules.find(
    ({ when, scenarios = [], requirements = [] }) =>
      Object.entries(when).every(([question, answer]) => ics[question] === answer) &&
      (scenarios.some((id) => scenario.id === id || scenario.id.startsWith(`${id}[`)) ||
        (requirements.length > 0 &&
          scenario.proves.length > 0 &&
          scenario.proves.every((claim) => requirements.some((pattern) => fitsRequirement(claim, pattern))))),
  );
  if (!rule) return undefined;
  const answers = Object.entries(rule.when).map(([question, answer]) => `${question}: ${answer}`);
  const given = ` (${answers.join(', ')})`;
  return { en: `${rule.because.en}${given}`, zh: `${rule.because.zh}${given}` };
}
