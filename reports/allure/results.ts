import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment, Label, StatusDetails, StepResult, TestResult } from 'allure-js-commons';
import { Stage, Status } from 'allure-js-commons';
import { FileSystemWriter } from 'allure-js-commons/sdk/reporter';
import { BLAMES, type Verdict } from '../../rig/model/verdict.ts';
import { linkOrCopy } from '../link.ts';
import {
  type ArtefactView,
  artefactPath,
  type RunBrief,
  type RunView,
  type ScenarioView,
  type StepView,
} from '../model.ts';
import { paperLines } from '../paper.ts';
import { phrase, subjectOf } from '../phrases.ts';
import { invariantTitle, reasonIn } from '../reason.ts';
import { term } from '../terms.ts';
import { oneLine, printable } from '../text.ts';
import { BLAME_WORDS, type Language, say, VERDICT_WORDS } from '../words.ts';

/** Allure knows four statuses; what they do not say stands in labels and categories. */
const STATUS: Readonly<Record<Verdict, Status>> = {
  passed: Status.PASSED,
  failed: Status.FAILED,
  broken: Status.BROKEN,
  inconclusive: Status.BROKEN,
  invalid: Status.BROKEN,
  skipped: Status.SKIPPED,
};

const idOf = (...parts: readonly (string | number)[]) => {
  const hex = createHash('sha256').update(parts.join('\n')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/**
 * Writes a run as Allure results into `folder` (emptied first), one scenario at a time: suites by theme, steps with their
 * expectations, receipts and messages as attachments (hard links to the artefacts), categories by blame. Everything was
 * masked when it entered the journal; host names and process ids are not written.
 */
export class AllureResults {
  readonly #writer: FileSystemWriter;
  readonly #folder: string;
  readonly #lang: Language;

  constructor(folder: string, lang: Language) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#lang = lang;
    this.#writer = new FileSystemWriter({ resultsDir: folder });
  }

  add(scenario: ScenarioView, run: RunView): void {
    this.#writer.writeResult(resultOf(run, scenario, this.#folder, this.#writer, this.#lang));
  }

  finish(run: RunBrief): void {
    const lang = this.#lang;
    this.#writer.writeCategoriesDefinitions([
      ...BLAMES.map((blame) => ({
        name: `${say(VERDICT_WORDS[blame === 'terminal' ? 'failed' : 'broken'], lang)}: ${say(BLAME_WORDS[blame], lang)}`,
        messageRegex: `(?s).*\\[[a-z]+/${blame}\\].*`,
        matchedStatuses: [Status.FAILED, Status.BROKEN],
      })),
      { name: say(VERDICT_WORDS.skipped, lang), matchedStatuses: [Status.SKIPPED] },
    ]);
    this.#writer.writeEnvironmentInfo(environmentOf(run));
  }
}

/** The same of a run that is in memory. */
export function writeAllureResults(run: RunView, folder: string, lang: Language): void {
  const results = new AllureResults(folder, lang);
  for (const scenario of run.scenarios) results.add(scenario, run);
  results.finish(run);
}

function environmentOf(run: RunBrief): Record<string, string> {
  const { start } = run;
  if (!start) return {};
  return {
    posrig: start.posrig,
    ...(start.firmware === undefined ? {} : { firmware: oneLine(start.firmware) }),
    terminal: oneLine(`${start.profile.maker} ${start.profile.model} (${start.profile.id})`),
    bench: oneLine(start.bench.title),
    'under-test': start.underTest.join(', '),
    'entry-by': start.by,
    seed: String(start.seed),
    'clock-rate': String(start.rate),
    'journal-sha256': run.sha256,
  };
}

function resultOf(
  run: RunView,
  scenario: ScenarioView,
  folder: string,
  writer: FileSystemWriter,
  lang: Language,
): TestResult {
  const { id, attempt, start, verdict, blame } = scenario;
  const from = Date.parse(scenario.startedWall);
  // The same whenever it is rendered; the journal's own hash is known only at its end.
  const uuid = idOf(run.startedWall, run.start?.seed ?? 0, id, attempt);
  const parameters = Object.entries(start.parameters).map(([name, value]) => ({
    name,
    value: oneLine(value),
  }));
  // Which case this is over many runs: never the firmware, the seed or the bench, or trends would start anew.
  const historyId = createHash('md5')
    .update([id, ...parameters.flatMap(({ name, value }) => [name, value])].join('\n'))
    .digest('hex');
  return {
    uuid,
    historyId,
    testCaseId: createHash('md5').update(id).digest('hex'),
    fullName: `${start.theme}/${id}`,
    name: oneLine(`${id} ${say(start.title, lang)}`, 300),
    status: STATUS[verdict],
    statusDetails: detailsOf(scenario, lang),
    stage: Stage.FINISHED,
    start: from,
    stop: Math.max(from, Date.parse(scenario.endedWall)),
    labels: labelsOf(scenario, verdict, blame),
    links: [],
    parameters,
    steps: stepsOf(run, scenario, uuid, folder, lang),
    attachments: [messagesOf(scenario, uuid, writer)].flatMap((attachment) => attachment ?? []),
  };
}

function labelsOf({ start, id }: ScenarioView, verdict: Verdict, blame: string | undefined): Label[] {
  return [
    { name: 'framework', value: 'posrig' },
    { name: 'parentSuite', value: 'posrig' },
    { name: 'suite', value: oneLine(start.theme) },
    { name: 'package', value: oneLine(start.theme) },
    { name: 'testMethod', value: id },
    { name: 'tag', value: verdict },
    ...(blame ? [{ name: 'tag', value: `blame:${blame}` }] : []),
    ...start.proves.map((claim) => ({ name: 'story', value: oneLine(claim) })),
  ];
}

/** The first line carries `[verdict/blame]`: categories match on it. */
function detailsOf(scenario: ScenarioView, lang: Language): StatusDetails {
  const { verdict, blame, reason, hint } = scenario;
  if (verdict === 'passed') return {};
  return {
    message: `[${verdict}${blame ? `/${blame}` : ''}] ${printable(reasonIn(scenario, reason ?? '', lang))}`,
    ...(hint ? { trace: printable(hint) } : {}),
  };
}

function stepsOf(
  run: RunView,
  scenario: ScenarioView,
  uuid: string,
  folder: string,
  lang: Language,
): StepResult[] {
  const steps = scenario.steps.map((step) => stepOf(run, scenario, step, uuid, folder, lang));
  const money = scenario.invariants.map((invariant) =>
    leaf(invariantTitle(invariant, lang), invariant.verdict, phrase(invariant.reason, lang)),
  );
  const title = lang === 'zh' ? '资金核对' : 'money';
  return money.length === 0 ? steps : [...steps, { ...leaf(title, worst(scenario), ''), steps: money }];
}

const worst = ({ invariants }: ScenarioView): Verdict =>
  invariants.find(({ verdict }) => verdict === 'failed')?.verdict ??
  invariants.find(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped')?.verdict ??
  'passed';

function stepOf(
  run: RunView,
  scenario: ScenarioView,
  step: StepView,
  uuid: string,
  folder: string,
  lang: Language,
): StepResult {
  const words = lang === 'zh' ? ['预期', '实际'] : ['expected', 'observed'];
  const checks = step.expectations.map((expectation) => {
    const { path, verdict, expected, observed } = expectation;
    const wanted = phrase(expected, lang);
    const told = [
      `${words[0]} ${wanted}, ${words[1]} ${phrase(observed, lang)}`,
      ...paperLines(expectation, lang),
    ];
    const message = told.join('\n');
    return leaf(`${subjectOf(path, lang)}: ${wanted}`, verdict, message);
  });
  const bad = step.expectations.find(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped');
  const artefacts = scenario.receipts
    .filter(({ at }) => at.step === step.step)
    .flatMap((receipt) => receipt.artefacts)
    .concat(step.expectations.flatMap(({ paper }) => run.artefacts.get(paper?.picture ?? '') ?? []));
  const outcome = step.outcome ? ` → ${term(step.outcome, lang)}` : '';
  const start = Date.parse(step.startedWall);
  return {
    ...leaf(`${step.step} ${phrase(step.title, lang)}${outcome}`, bad?.verdict ?? 'passed', ''),
    start,
    stop: Math.max(start, Date.parse(step.endedWall ?? scenario.endedWall)),
    steps: checks,
    attachments: artefacts.flatMap(
      (artefact, i) => attach(run, artefact, `${uuid}-${step.step}-${i}`, folder) ?? [],
    ),
  };
}

const leaf = (name: string, verdict: Verdict, message: string): StepResult => ({
  name: oneLine(name, 300),
  status: STATUS[verdict],
  statusDetails: verdict === 'passed' ? {} : { message: oneLine(message) },
  stage: Stage.FINISHED,
  steps: [],
  attachments: [],
  parameters: [],
});

const EXTENSION = /\.[a-z0-9]{1,5}$/;

function attach(
  run: RunView,
  { name, ref }: ArtefactView,
  stem: string,
  folder: string,
): Attachment | undefined {
  const from = artefactPath(run.folder, ref);
  if (!from || !existsSync(from)) return undefined;
  const source = `${stem}-attachment${EXTENSION.exec(ref.path)?.[0] ?? ''}`;
  linkOrCopy(from, join(folder, source));
  return { name: oneLine(name, 100), type: ref.mime, source };
}

function messagesOf(scenario: ScenarioView, uuid: string, writer: FileSystemWriter): Attachment | undefined {
  if (scenario.messages.length === 0) return undefined;
  const text = scenario.messages.map(({ plane, message, at, note }) => {
    const head = `${(at.t / 1000).toFixed(3)} s  ${plane}  ${message.direction}  ${message.mti} ${message.kind}${note ? `  (${note})` : ''}`;
    return [
      head,
      ...message.fields.map(
        ({ id, name, value, meaning }) =>
          `  ${id.padStart(6)}  ${value}  ${name}${meaning ? ` – ${meaning}` : ''}`,
      ),
    ]
      .map((line) => oneLineKeepingBlanks(line))
      .join('\n');
  });
  const source = `${uuid}-messages-attachment.txt`;
  writer.writeAttachment(source, Buffer.from(text.join('\n\n'), 'utf8'));
  return { name: 'messages', type: 'text/plain', source };
}

const oneLineKeepingBlanks = (line: string) => printable(line.replace(/[\r\n]+/g, ' '));
