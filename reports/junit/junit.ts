import { VERDICTS, type Verdict } from '../../rig/model/verdict.ts';
import type { RunBrief, RunView, ScenarioBrief, ScenarioView } from '../model.ts';
import { paperLines } from '../paper.ts';
import { reasonIn } from '../reason.ts';
import { oneLine, printable } from '../text.ts';
import { type Language, say, VERDICT_WORDS } from '../words.ts';

/** Characters that XML 1.0 forbids even as references; `printable` leaves line ends and tabs. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const xmlText = (text: string) =>
  printable(text, 4000)
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"'\n\t]/g, (char) => `&#${char.charCodeAt(0)};`);

const attributes = (values: Readonly<Record<string, string | number | undefined>>) =>
  Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${xmlText(String(value))}"`))
    .join('');

const seconds = (ms: number) => (ms / 1000).toFixed(3);

/** How CI servers count a verdict: only a part under test can be a failure; everything else that went wrong is an error. */
const ELEMENTS: Readonly<Record<Verdict, 'failure' | 'error' | 'skipped' | undefined>> = {
  passed: undefined,
  failed: 'failure',
  broken: 'error',
  inconclusive: 'error',
  invalid: 'error',
  skipped: 'skipped',
};

/** A suite as far as it was read: its testcases are text already. */
interface Suite {
  readonly counts: Record<Verdict, number>;
  readonly first: ScenarioBrief;
  wallMs: number;
  readonly cases: string[];
}

/**
 * JUnit XML, as Jenkins and GitLab read it: a suite a theme, a case an attempt, times in wall seconds. Verdict, blame and
 * requirements stand in the properties. Scenarios are added one at a time; only their text is kept.
 */
export class JunitDocument {
  readonly #lang: Language;
  readonly #suites = new Map<string, Suite>();

  constructor(lang: Language) {
    this.#lang = lang;
  }

  add(scenario: ScenarioView): void {
    const { theme } = scenario.start;
    const suite = this.#suites.get(theme) ?? { counts: noVerdicts(), first: scenario, wallMs: 0, cases: [] };
    this.#suites.set(theme, suite);
    suite.counts[scenario.verdict] += 1;
    suite.wallMs += scenario.wallMs;
    suite.cases.push(testcase(scenario, this.#lang));
  }

  finish(run: RunBrief): string {
    const counts = noVerdicts();
    for (const suite of this.#suites.values())
      for (const verdict of VERDICTS) counts[verdict] += suite.counts[verdict];
    const total = attributes({
      name: run.start ? `posrig ${run.start.profile.id}` : 'posrig',
      ...totalsOf(counts),
      time: seconds(run.end?.wallMs ?? 0),
    });
    const suites = [...this.#suites].map(([theme, suite]) => suiteOf(run, theme, suite));
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${total}>\n${suites.join('')}</testsuites>\n`;
  }
}

/** The document of a run that is in memory. */
export function renderJunit(run: RunView, lang: Language): string {
  const document = new JunitDocument(lang);
  for (const scenario of run.scenarios) document.add(scenario);
  return document.finish(run);
}

/** Every attempt is a testcase of its own, and the totals are those of the testcases. */
const noVerdicts = (): Record<Verdict, number> => ({
  invalid: 0,
  failed: 0,
  broken: 0,
  inconclusive: 0,
  passed: 0,
  skipped: 0,
});

function totalsOf(counts: Readonly<Record<Verdict, number>>): Readonly<Record<string, number>> {
  const of = (element: string) =>
    VERDICTS.reduce((sum, verdict) => sum + (ELEMENTS[verdict] === element ? counts[verdict] : 0), 0);
  return {
    tests: VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0),
    failures: of('failure'),
    errors: of('error'),
    skipped: of('skipped'),
  };
}

function suiteOf(run: RunBrief, theme: string, { counts, first, wallMs, cases }: Suite): string {
  const about = attributes({
    name: theme,
    ...totalsOf(counts),
    time: seconds(wallMs),
    timestamp: first.startedWall.replace(/\.\d+Z$/, ''),
  });
  const properties = propertiesOf({
    posrig: run.start?.posrig,
    bench: run.start?.bench.id,
    profile: run.start?.profile.id,
    firmware: run.start?.firmware,
    seed: run.start?.seed,
    'under-test': run.start?.underTest.join(' '),
  });
  return `  <testsuite${about}>\n${properties}${cases.join('')}  </testsuite>\n`;
}

function testcase(scenario: ScenarioView, lang: Language): string {
  const { id, attempt, start, verdict, blame, reason, hint, wallMs } = scenario;
  const again = attempt > 1 ? ` (attempt ${attempt})` : '';
  const about = attributes({
    name: `${id} ${oneLine(say(start.title, lang), 200)}${again}`,
    classname: start.theme,
    file: start.file,
    time: seconds(wallMs),
  });
  const properties = propertiesOf({
    verdict,
    blame,
    proves: start.proves.join(' ') || undefined,
    ...Object.fromEntries(
      Object.entries(start.parameters).map(([name, value]) => [`parameter.${name}`, value]),
    ),
  });
  const element = ELEMENTS[verdict];
  const message = attributes({
    message:
      reason === undefined ? say(VERDICT_WORDS[verdict], lang) : oneLine(reasonIn(scenario, reason, lang)),
    type: element === 'skipped' ? undefined : [verdict, blame].filter(Boolean).join('/'),
  });
  const body = [
    reason === undefined ? undefined : reasonIn(scenario, reason, lang),
    hint,
    ...scenario.findings.map(
      ({ verdict: found, code, reason: why }) =>
        `${say(VERDICT_WORDS[found], lang)} ${code}: ${reasonIn(scenario, why, lang)}`,
    ),
    ...scenario.steps
      .flatMap((step) => step.expectations)
      .filter(({ verdict: found }) => found !== 'passed' && found !== 'skipped')
      .flatMap((expectation) => paperLines(expectation, lang)),
  ];
  const text =
    element === 'skipped' ? '' : xmlText(body.filter(Boolean).join('\n')).replaceAll('&#10;', '\n');
  const outcome = element ? `      <${element}${message}>${text}</${element}>\n` : '';
  return `    <testcase${about}>\n${properties}${outcome}    </testcase>\n`;
}

function propertiesOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const lines = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `      <property${attributes({ name, value })}/>\n`);
  return `      <properties>\n${lines.join('')}      </properties>\n`;
}
