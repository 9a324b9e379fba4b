import { html, raw } from 'hono/html';
import pc from 'picocolors';
import { formatDuration } from '../../rig/model/time.ts';
import { dataUrl } from '../certificate/figures.ts';
import { badge, foreign, type Markup, wallTime } from '../certificate/parts.ts';
import { STYLE } from '../certificate/style.ts';
import { term } from '../terms.ts';
import { clip, oneLine } from '../text.ts';
import { type Language, say, VERDICT_WORDS } from '../words.ts';
import { CHANGES, type Change, type Comparison, type RunSummary, type ScenarioChange } from './compare.ts';
import type { PictureChange } from './pixels.ts';

const CHANGE_WORDS: Readonly<Record<Change, { readonly en: string; readonly zh: string }>> = {
  'newly-failing': { en: 'newly failing', zh: '新失败' },
  'newly-doubtful': { en: 'no longer proved', zh: '不再得证' },
  'still-failing': { en: 'still failing', zh: '仍失败' },
  fixed: { en: 'fixed', zh: '已修复' },
  added: { en: 'only in the second run', zh: '仅见于第二次运行' },
  removed: { en: 'only in the first run', zh: '仅见于第一次运行' },
  'not-comparable': { en: 'not comparable', zh: '不可比' },
  unchanged: { en: 'unchanged', zh: '未变' },
};

const WORDS = {
  title: { en: 'Comparison of two runs', zh: '两次运行的对比' },
  first: { en: 'First', zh: '第一次' },
  second: { en: 'Second', zh: '第二次' },
  messages: { en: 'messages', zh: '报文' },
  receipts: { en: 'receipts', zh: '凭条' },
  screens: { en: 'screens', zh: '屏幕' },
  time: { en: 'time', zh: '耗时' },
  pixels: { en: 'step {0}, {1} copy: {2} dots differ{3}', zh: '步骤 {0},{1}:{2} 点不同{3}' },
  onLines: { en: ' on lines {0}', zh: ',在第 {0} 行' },
  firmware: { en: 'firmware', zh: '固件' },
  profile: { en: 'terminal', zh: '终端' },
  bench: { en: 'bench', zh: '测试台' },
  plan: { en: 'plan', zh: '测试计划' },
  by: { en: 'hand', zh: '录入方式' },
  seed: { en: 'seed', zh: '种子' },
  differs: { en: 'not the same in both: {0}', zh: '两次运行不同之处:{0}' },
  interrupted: { en: 'it was cut off', zh: '运行被中断' },
  nothing: { en: 'the two runs have no scenario in common', zh: '两次运行没有共同的场景' },
  more: { en: '… and {0} more', zh: '……另有 {0} 行' },
} as const;

/** Changes of evidence that the console shows of one scenario and plane; the page and JSON have all. */
const SHOWN = 6;

const isShown = ({ change, evidence, pictures, timing }: ScenarioChange): boolean =>
  change !== 'unchanged' || evidence.length > 0 || pictures.length > 0 || timing !== undefined;

/** The comparison for a console of `width` cells: what changed, worst first, then the counts. */
export function renderConsole(
  comparison: Comparison,
  options: { readonly lang: Language; readonly color: boolean; readonly width: number },
): string {
  const { lang, width } = options;
  const colors = pc.createColors(options.color);
  const paint = (change: Change): ((text: string) => string) =>
    change === 'newly-failing' || change === 'still-failing'
      ? colors.red
      : change === 'fixed'
        ? colors.green
        : change === 'unchanged'
          ? colors.dim
          : colors.yellow;
  const paintLine = (line: string) =>
    line.startsWith('+') ? colors.green : line.startsWith('-') ? colors.red : colors.dim;
  const lines = comparison.scenarios
    .filter(isShown)
    .flatMap((scenario) => [
      `${paint(scenario.change)(say(CHANGE_WORDS[scenario.change], lang))}  ${oneLine(scenario.id, 40)}  ${clip(oneLine(say(scenario.title, lang), 200), Math.max(20, width - 60))}  ${colors.dim(verdictsOf(scenario, lang))}`,
      ...(scenario.reason === undefined ? [] : [`    ${clip(oneLine(scenario.reason, 400), width - 6)}`]),
      ...timeOf(scenario, lang).map((text) => `    ${text}`),
      ...scenario.pictures.map((picture) => `    ${pixelsOf(picture, lang)}`),
      ...scenario.evidence.flatMap(({ plane, lines: all }) => [
        `    ${colors.bold(say(WORDS[plane], lang))}`,
        ...all.slice(0, SHOWN).map((line) => `      ${paintLine(line)(clip(oneLine(line, 300), width - 8))}`),
        ...(all.length > SHOWN
          ? [colors.dim(`      ${say(WORDS.more, lang).replace('{0}', String(all.length - SHOWN))}`)]
          : []),
      ]),
    ]);
  const counts = CHANGES.filter((change) => comparison.counts[change] > 0)
    .map((change) => paint(change)(`${comparison.counts[change]} ${say(CHANGE_WORDS[change], lang)}`))
    .join(' · ');
  const run = (name: string, summary: RunSummary) => `${name}  ${oneLine(aboutOf(summary, lang), 300)}`;
  const head = [
    run(say(WORDS.first, lang), comparison.before),
    run(say(WORDS.second, lang), comparison.after),
    ...notesOf(comparison, lang).map((note) => colors.yellow(clip(oneLine(note, 600), width * 2))),
  ];
  return `${[...head, '', ...lines, ...(lines.length > 0 ? [''] : []), counts].join('\n').trimEnd()}\n`;
}

/** A run in one line: where it lies, when, on what, with which firmware. */
const aboutOf = (
  { folder, started, profile, bench, firmware, interrupted }: RunSummary,
  lang: Language,
): string =>
  [
    folder,
    wallTime(started),
    profile,
    bench,
    ...(firmware === undefined ? [] : [`${say(WORDS.firmware, lang)} ${firmware}`]),
    ...(interrupted ? [say(WORDS.interrupted, lang)] : []),
  ].join(' · ');

/** What a reader must know before taking a difference for one of the terminal. */
function notesOf({ before, after, differs, common }: Comparison, lang: Language): readonly string[] {
  const told = differs.map(
    (name) => `${say(WORDS[name], lang)} ${before[name] ?? '–'} → ${after[name] ?? '–'}`,
  );
  return [
    ...(told.length > 0 ? [say(WORDS.differs, lang).replace('{0}', () => told.join(', '))] : []),
    ...(common === 0 ? [say(WORDS.nothing, lang)] : []),
  ];
}

const verdictsOf = ({ before, after }: ScenarioChange, lang: Language): string =>
  [before, after]
    .map((verdict) => (verdict === undefined ? '–' : say(VERDICT_WORDS[verdict], lang)))
    .join(' → ');

const timeOf = ({ timing }: ScenarioChange, lang: Language): readonly string[] =>
  timing
    ? [`${say(WORDS.time, lang)} ${formatDuration(timing.before)} → ${formatDuration(timing.after)}`]
    : [];

/** `step 2, merchant copy: 312 dots differ on lines 9, 10`. */
function pixelsOf({ step, copy, pixels, lines }: PictureChange, lang: Language): string {
  const on = lines.length === 0 ? '' : say(WORDS.onLines, lang).replace('{0}', lines.join(', '));
  return [String(step), term(copy, lang), String(pixels), on].reduce(
    (text, value, i) => text.replace(`{${i}}`, () => value),
    say(WORDS.pixels, lang),
  );
}

/** The comparison as one page that opens from disk; whatever came from a device or a file is text in it. */
export async function renderPage(comparison: Comparison, lang: Language): Promise<string> {
  const { before, after, counts, scenarios } = comparison;
  const run = (name: string, summary: RunSummary) =>
    html`<dt>${name}</dt><dd>${foreign(aboutOf(summary, lang))}</dd>`;
  const page = html`<!doctype html>
<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="posrig">
<title>${say(WORDS.title, lang)}</title><style>${raw(STYLE)}${raw(OWN_STYLE)}</style></head><body><main>
<p class="brand">posrig</p><h1>${say(WORDS.title, lang)}</h1>
<dl class="facts">${run(say(WORDS.first, lang), before)}${run(say(WORDS.second, lang), after)}</dl>
${notesOf(comparison, lang).map((note) => html`<p class="soft">${foreign(note)}</p>`)}
<ul class="counts">${CHANGES.filter((change) => counts[change] > 0).map(
    (change) => html`<li><b>${counts[change]}</b> ${say(CHANGE_WORDS[change], lang)}</li>`,
  )}</ul>
${scenarios.filter(isShown).map((scenario) => section(scenario, lang))}
</main></body></html>`;
  return String(await page);
}

const OWN_STYLE = `
.diff { margin:.3rem 0 .9rem; padding:.5rem .8rem; background:var(--wash); white-space:pre-wrap; overflow-wrap:anywhere; }
.diff ins { color:var(--passed); text-decoration:none; display:block; } .diff del { color:var(--failed); text-decoration:none; display:block; }
`;

function section(scenario: ScenarioChange, lang: Language): Markup {
  const { id, title, change, before, after, reason, evidence, pictures } = scenario;
  const verdict = (which: typeof before) => (which === undefined ? html`–` : badge(which, lang));
  return html`<section><h2>${foreign(id, 60)} <small>${say(CHANGE_WORDS[change], lang)}</small></h2>
    <p>${foreign(oneLine(say(title, lang), 300))}</p><p>${verdict(before)} → ${verdict(after)}</p>
    ${reason === undefined ? '' : html`<p class="soft">${foreign(reason)}</p>`}
    ${timeOf(scenario, lang).map((text) => html`<p>${text}</p>`)}
    ${pictures.map((picture) => html`<figure><figcaption>${pixelsOf(picture, lang)}</figcaption><img class="paper" src='${raw(dataUrl('image/png', picture.picture))}' alt=""></figure>`)}
    ${evidence.map(
      ({ plane, lines }) =>
        html`<h3>${say(WORDS[plane], lang)}</h3><pre class="diff">${lines.map((line) =>
          line.startsWith('+')
            ? html`<ins>${foreign(line)}</ins>`
            : line.startsWith('-')
              ? html`<del>${foreign(line)}</del>`
              : html`<span>${foreign(line)}
</span>`,
        )}</pre>`,
    )}</section>`;
}
