import type { Verdict } from '../../rig/model/verdict.ts';
import type { RunView, ScenarioView } from '../model.ts';
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

/**
 * JUnit XML, as Jenkins and GitLab read it: a suite a theme, a case a scenario, times in wall seconds. Verdict, blame and
 * requirements stand in the properties.
 */
export function renderJunit(run: RunView, lang: Language): string {
  const counts = attemptsByVerdict(run.scenarios);
  const themes = new Map<string, ScenarioView[]>();
  for (const scenario of run.scenarios) {
    const { theme } = scenario.start;
    themes.set(theme, [...(themes.get(theme) ?? []), scenario]);
  }
  const total = attributes({
    name: run.start ? `posrig ${run.start.profile.id}` : 'posrig',
    tests: run.scenarios.length,
    failures: counts.failed,
    errors: counts.broken + counts.inconclusive + counts.invalid,
    skipped: counts.skipped,
    time: seconds(run.end?.wallMs ?? 0),
  });
  const suites = [...themes].map(([theme, scenarios]) => suite(run, theme, scenarios, lang));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${total}>\n${suites.join('')}</testsuites>\n`;
}

/** Every attempt is a testcase of its own, and the totals are those of the testcases. */
function attemptsByVerdict(scenarios: readonly ScenarioView[]): Readonly<Record<Verdict, number>> {
  const counts = { invalid: 0, failed: 0, broken: 0, inconclusive: 0, passed: 0, skipped: 0 };
  for (const { verdict } of scenarios) counts[verdict] += 1;
  return counts;
}

function suite(run: RunView, theme: string, scenarios: readonly ScenarioView[], lang: Language): string {
  const count = (element: string) => scenarios.filter(({ verdict }) => ELEMENTS[verdict] === element).length;
  const about = attributes({
    name: theme,
    tests: scenarios.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(scenarios.reduce((sum, { wallMs }) => sum + wallMs, 0)),
    timestamp: scenarios[0]?.startedWall.replace(/\.\d+Z$/, ''),
  });
  const properties = propertiesOf({
    posrig: run.start?.posrig,
    bench: run.start?.bench.id,
    profile: run.start?.profile.id,
    seed: run.start?.seed,
    'under-test': run.start?.underTest.join(' '),
  });
  return `  <testsuite${about}>\n${properties}${scenarios.map((scenario) => testcase(scenario, lang)).join('')}  </testsuite>\n`;
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
