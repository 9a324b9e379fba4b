import pc from 'picocolors';
import stringWidth from 'string-width';
import { formatDuration } from '../../rig/model/time.ts';
import { VERDICTS } from '../../rig/model/verdict.ts';
import { countVerdicts, type RunBrief, type ScenarioBrief } from '../model.ts';
import { reasonIn } from '../reason.ts';
import { clip, oneLine, pad, wrap } from '../text.ts';
import { BLAME_WORDS, type Language, say, VERDICT_WORDS } from '../words.ts';
import { type Colors, verdictMark } from './live.ts';

export interface SummaryOptions {
  readonly lang: Language;
  readonly color: boolean;
  /** Cells of the console, 60 at least; infinite where nothing has to be cut, e.g. in a file. */
  readonly width: number;
}

/** Longer lines of prose are hard to read, however wide the console. */
const LONGEST_LINE = 120;

/** The closing table: a row a scenario, the reason under everything that has not passed, then the counts. Ends with a line end. */
export function renderSummary(run: RunBrief, options: SummaryOptions): string {
  const { lang } = options;
  const colors = pc.createColors(options.color);
  const width = Math.max(60, options.width);
  const rows = run.scenarios.map((scenario) => ({
    scenario,
    id: oneLine(scenario.id, 24) + (scenario.attempt > 1 ? ` #${scenario.attempt}` : ''),
    verdict: say(VERDICT_WORDS[scenario.verdict], lang),
    blame: scenario.blame ? say(BLAME_WORDS[scenario.blame], lang) : '',
    time: formatDuration(scenario.wallMs),
  }));
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => stringWidth(text)));
  const idWidth = widest(rows.map(({ id }) => id));
  const verdictWidth = widest(rows.map(({ verdict }) => verdict));
  const blameWidth = widest(rows.map(({ blame }) => blame));
  const timeWidth = widest(rows.map(({ time }) => time));
  const titles = run.scenarios.map(({ start }) => oneLine(say(start.title, lang), 300));
  const room = width - idWidth - verdictWidth - blameWidth - timeWidth - 11;
  const titleWidth = Math.max(16, Math.min(room, widest(titles)));
  const told = new Map<string, string>();
  const lines = rows.flatMap(({ scenario, id, verdict, blame, time }) => {
    const title = oneLine(say(scenario.start.title, lang), 300);
    const row = `${verdictMark(scenario.verdict, colors)} ${pad(id, idWidth)}  ${pad(clip(title, titleWidth), titleWidth)}  ${pad(verdict, verdictWidth)}  ${pad(blame, blameWidth)}  ${time.padStart(timeWidth)}`;
    return [
      row,
      ...reasonLines(scenario, told, lang, Math.min(width, LONGEST_LINE) - 4).map((line) =>
        colors.dim(`    ${line}`),
      ),
    ];
  });
  return `${[...lines, '', counts(run, lang, colors)].join('\n')}\n`;
}

/** The reason of a scenario; one that stood in the table already is only referred to. `told`: reason → first id. */
function reasonLines(
  scenario: ScenarioBrief,
  told: Map<string, string>,
  lang: Language,
  width: number,
): readonly string[] {
  const { id, verdict, reason, hint } = scenario;
  if (verdict === 'passed' || reason === undefined) return [];
  const first = told.get(reason);
  if (first !== undefined) return [lang === 'zh' ? `原因同 ${oneLine(first)}` : `as ${oneLine(first)}`];
  told.set(reason, id);
  return [reason, hint].flatMap((text) => (text ? wrap(oneLine(reasonIn(scenario, text, lang)), width) : []));
}

function counts(run: RunBrief, lang: Language, colors: Colors): string {
  const number = countVerdicts(run);
  const parts = VERDICTS.filter((verdict) => number[verdict] > 0 || verdict === 'passed').map(
    (verdict) => `${verdictMark(verdict, colors)} ${number[verdict]} ${say(VERDICT_WORDS[verdict], lang)}`,
  );
  const wall = run.end ? ` · ${formatDuration(run.end.wallMs)}` : '';
  const cut = run.cut ? (lang === 'zh' ? ' · 运行未正常结束' : ' · the run did not end properly') : '';
  return `${parts.join('  ')}${wall}${cut}`;
}
