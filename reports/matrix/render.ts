import { html, raw } from 'hono/html';
import pc from 'picocolors';
import type { Verdict } from '../../rig/model/verdict.ts';
import { badge, foreign, type Markup } from '../certificate/parts.ts';
import { STYLE } from '../certificate/style.ts';
import { clip, oneLine } from '../text.ts';
import { type Language, say, VERDICT_WORDS } from '../words.ts';
import type { Cell, Column, Matrix, Row } from './matrix.ts';

const WORDS = {
  title: { en: 'One scenario, every model, both hands', zh: '同一场景,各型号,两种操作方式' },
  lead: {
    en: 'Every row is one scenario file. Whoever began the operations, the keypad or the till, and whichever terminal carried them out: the acquirer must end up with the same books.',
    zh: '每一行是同一个场景文件。无论由键盘还是收银机发起,也无论由哪台终端执行,收单方的账目都必须一致。',
  },
  scenario: { en: 'Scenario', zh: '场景' },
  books: { en: 'Books', zh: '账目' },
  same: { en: 'the same', zh: '一致' },
  differ: { en: 'differ', zh: '不一致' },
  alone: { en: 'nothing to compare', zh: '无可比对' },
  keypad: { en: 'by keypad', zh: '键盘发起' },
  till: { en: 'by till', zh: '收银机发起' },
  summary: {
    en: 'same books everywhere: {0}; not: {1}; passed in fewer than two columns: {2}',
    zh: '{0} 个场景账目处处一致,{1} 个不一致,{2} 个通过的列不足两个',
  },
  set: { en: 'books {0}', zh: '账目 {0}' },
  absent: { en: 'not run', zh: '未运行' },
  why: { en: 'Why not', zh: '未执行或未通过的原因' },
  detail: { en: 'Books that differ', zh: '不一致的账目' },
} as const;

const filled = (text: string, ...values: readonly (string | number)[]): string =>
  values.reduce<string>((all, value, i) => all.replace(`{${i}}`, () => String(value)), text);

const summaryOf = ({ counts }: Matrix, lang: Language): string =>
  filled(say(WORDS.summary, lang), counts.same, counts.differ, counts.alone);

const MARKS: Readonly<Record<Verdict, string>> = {
  passed: '✓',
  failed: '✗',
  broken: '!',
  inconclusive: '?',
  invalid: '!',
  skipped: '-',
};

/** The matrix for a console: a line a scenario. */
export function renderConsole(
  matrix: Matrix,
  { lang, color, width }: { readonly lang: Language; readonly color: boolean; readonly width: number },
): string {
  const colors = pc.createColors(color);
  const heads = matrix.columns.map(({ profile, by }) => `${profile} ${say(WORDS[by], lang)}`);
  const id = Math.max(10, ...matrix.rows.map((row) => row.id.length));
  const ink = (books: Row['books']) =>
    books === 'same' ? colors.green : books === 'differ' ? colors.red : colors.dim;
  const cellOf = (cell: Cell | undefined) =>
    cell === undefined ? ' ' : `${MARKS[cell.verdict]}${(cell.variant ?? 1) > 1 ? cell.variant : ''}`;
  return [
    ...heads.map((head, i) => `${' '.repeat(id)}  ${'│ '.repeat(i)}┌ ${head}`),
    ...matrix.rows.map((row) => {
      const cells = row.cells.map((cell) => cellOf(cell).padEnd(2)).join('');
      const said = ink(row.books)(say(WORDS[row.books], lang));
      return `${row.id.padEnd(id)}  ${cells} ${said}  ${colors.dim(clip(oneLine(say(row.title, lang), 200), Math.max(20, width - id - 40)))}`;
    }),
    '',
    summaryOf(matrix, lang),
    '',
  ].join('\n');
}

/** The matrix as one page that opens from disk; whatever came from a file or a device is text in it. */
export async function renderPage(matrix: Matrix, lang: Language): Promise<string> {
  const { columns, rows } = matrix;
  const differing = rows.filter(({ books }) => books === 'differ');
  const page = html`<!doctype html>
<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="posrig">
<title>${say(WORDS.title, lang)}</title><style>${raw(STYLE)}${raw(OWN_STYLE)}</style></head><body><main class="wide">
<p class="brand">posrig</p><h1>${say(WORDS.title, lang)}</h1><p class="lead">${say(WORDS.lead, lang)}</p>
<p class="statement"><b>${summaryOf(matrix, lang)}</b></p>
<table class="matrix"><thead>${headOf(columns, lang)}</thead><tbody>${rows.map(
    (
      row,
    ) => html`<tr><td class="id">${foreign(row.id, 60)}</td><td>${foreign(oneLine(say(row.title, lang), 300))}</td>
    ${row.cells.map((cell) => html`<td class="cell">${cellOf(cell, row, lang)}</td>`)}
    <td class="books ${row.books}">${say(WORDS[row.books], lang)}</td></tr>`,
  )}</tbody></table>
${differing.length === 0 ? '' : html`<h2>${say(WORDS.detail, lang)}</h2>${differing.map((row) => booksOf(row, columns, lang))}`}
${reasons(matrix, lang)}
</main></body></html>`;
  return String(await page);
}

const OWN_STYLE = `
main.wide { max-width:80rem; }
.matrix th { white-space:normal; } .matrix thead th.model { text-align:center; border-bottom:0; color:var(--ink); }
.matrix .cell, .matrix thead th.hand { text-align:center; border-left:1px solid var(--hair); padding-right:.4rem; padding-left:.4rem; }
.matrix td.id, .matrix td.cell, .matrix td.books { width:1%; white-space:nowrap; } .matrix td.id bdi { overflow-wrap:normal; }
.matrix td { padding-top:.28rem; padding-bottom:.28rem; }
.books.same { color:var(--passed); font-weight:600; } .books.differ { color:var(--failed); font-weight:600; } .books.alone { color:var(--soft); }
.sets { display:flex; gap:1.2rem; flex-wrap:wrap; } .sets pre { background:var(--wash); padding:.5rem .8rem; margin:.2rem 0; white-space:pre-wrap; }
tr { break-inside:avoid; }
`;

/** Two lines: the models, and under each who began. */
function headOf(columns: readonly Column[], lang: Language): Markup {
  const models: { readonly profile: string; readonly title: string; count: number }[] = [];
  for (const { profile, title } of columns) {
    const last = models.at(-1);
    if (last?.profile === profile) last.count++;
    else models.push({ profile, title, count: 1 });
  }
  return html`<tr><th></th><th></th>${models.map(
    ({ profile, title, count }) =>
      html`<th class="model" colspan="${count}">${foreign(profile.toUpperCase(), 40)}<br><small>${foreign(title, 80)}</small></th>`,
  )}<th></th></tr><tr><th>${say(WORDS.scenario, lang)}</th><th></th>${columns.map(
    ({ by }) => html`<th class="hand">${say(WORDS[by], lang)}</th>`,
  )}<th>${say(WORDS.books, lang)}</th></tr>`;
}

function cellOf(cell: Cell | undefined, { books }: Row, lang: Language): Markup {
  if (!cell) return html`<small>${say(WORDS.absent, lang)}</small>`;
  const set = books === 'differ' && cell.variant !== undefined;
  return html`${badge(cell.verdict, lang)}${set ? html`<br><small>${filled(say(WORDS.set, lang), cell.variant ?? '')}</small>` : ''}`;
}

function booksOf({ id, cells }: Row, columns: readonly Column[], lang: Language): Markup {
  const sets = new Map<number, { readonly where: string[]; readonly lines: readonly string[] }>();
  cells.forEach((cell, i) => {
    const column = columns[i];
    if (cell?.variant === undefined || !column) return;
    const set = sets.get(cell.variant) ?? { where: [], lines: cell.books ?? [] };
    set.where.push(`${column.profile} ${say(WORDS[column.by], lang)}`);
    sets.set(cell.variant, set);
  });
  return html`<h3>${foreign(id, 60)}</h3><div class="sets">${[...sets].map(
    ([number, { where, lines }]) =>
      html`<div><b>${filled(say(WORDS.set, lang), number)}</b> <small>${foreign(where.join(', '))}</small><pre>${foreign(lines.join('\n') || '–')}</pre></div>`,
  )}</div>`;
}

/** Every reason once, with what it holds for. */
function reasons({ rows, columns }: Matrix, lang: Language): Markup {
  const by = new Map<string, string[]>();
  for (const { id, cells } of rows)
    cells.forEach((cell, i) => {
      const column = columns[i];
      if (!cell || !column || cell.verdict === 'passed') return;
      const key = `${say(VERDICT_WORDS[cell.verdict], lang)}: ${oneLine(cell.reason ?? '', 400)}`;
      by.set(key, [...(by.get(key) ?? []), `${id} ${column.profile} ${say(WORDS[column.by], lang)}`]);
    });
  if (by.size === 0) return html``;
  return html`<h2>${say(WORDS.why, lang)}</h2><table><tbody>${[...by].map(
    ([reason, where]) =>
      html`<tr><td>${foreign(reason)}</td><td><small>${foreign(where.join(' · '))}</small></td></tr>`,
  )}</tbody></table>`;
}
