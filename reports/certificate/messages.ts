import { html, raw } from 'hono/html';
import type { MessageField } from '../../rig/model/message.ts';
import { formatMoney } from '../../rig/model/money.ts';
import type { ScenarioView } from '../model.ts';
import { phrase } from '../phrases.ts';
import { term } from '../terms.ts';
import { oneLine, pad, printable, wrap } from '../text.ts';
import type { Language } from '../words.ts';
import { type Exchanged, kindOf } from './dialogue.ts';
import { foreign, type Markup, seconds } from './parts.ts';
import { word } from './words.ts';

type FieldNames = Readonly<Record<string, string>>;

/** A field's name and what its value means, as the run names them in the report's language; else as the journal has them. */
function about({ name, meaning }: Pick<MessageField, 'name' | 'meaning'>, names: FieldNames): string {
  const said = (text: string) => (Object.hasOwn(names, text) ? (names[text] ?? text) : text);
  return meaning ? `${said(name)} – ${said(meaning)}` : said(name);
}

/** How much of the messages is shown: one line each; the fields behind a click; the fields as well, for paper. */
export type Depth = 'lines' | 'folded' | 'unfolded';

/** The messages of a scenario, one compact line each and, if asked for, every decoded field below it. */
export function messageList(
  scenario: ScenarioView,
  dialogue: readonly Exchanged[],
  { lang, depth }: { readonly lang: Language; readonly depth: Depth },
): Markup | string {
  if (dialogue.length === 0) return '';
  const names = lang === 'zh' ? (scenario.fieldNames ?? {}) : {};
  const origin = scenario.happenings[0]?.at.t ?? 0;
  const lines = dialogue.map((exchanged) => {
    const line = lineOf(exchanged, origin, lang);
    if (depth === 'lines') return html`<div class="line">${line}</div>`;
    return depth === 'unfolded'
      ? html`<div class="line head">${line}</div><pre class="dump">${fieldDump(exchanged, names)}</pre>`
      : html`<details><summary class="line">${line}</summary>${fieldList(exchanged, names)}</details>`;
  });
  return html`<h3>${word(lang, depth === 'lines' ? 'messageLines' : 'messages')}</h3><div class="lines">${lines}</div>`;
}

/** Time, direction, MTI, kind, STAN, amount, code, what was checked or done to it. */
function lineOf({ message, at, bytes, checks, notes, delivered }: Exchanged, origin: number, lang: Language) {
  const { direction, mti, stan, amount, code } = message;
  const checked = Object.entries(checks)
    .filter(([, result]) => result !== 'absent')
    .map(([name, result]) => `${name.toUpperCase()} ${term(result, lang)}`);
  const remarks = [
    ...checked,
    ...notes.map((note) => phrase(note.replace(/^not delivered: /, ''), lang)),
  ].join(' · ');
  return html`<span class="num">${seconds(at.t - origin)}</span><span class="mono">${direction === 'request' ? '→' : '←'} ${foreign(mti, 20)}</span><span>${foreign(kindOf(message, lang), 60)}</span><span class="mono">${foreign(stan ?? '', 20)}</span><span class="num">${amount ? formatMoney(amount) : ''}</span><span class="mono">${foreign(code ?? '', 20)}</span><span>${delivered ? '' : html`<b class="alarm">${word(lang, 'lost')}</b> `}${foreign(remarks, 200)}</span><span class="num">${bytes} B</span>`;
}

/**
 * Every field on a line of its own. There are thousands of them in a run, so the markup is as small as it can be; the
 * style sheet isolates their texts from each other.
 */
function fieldList({ message }: Exchanged, names: FieldNames): Markup {
  let items = '';
  for (const field of message.fields)
    items += `<li><b>${escaped(field.id, 20)}</b><i>${escaped(field.value, 300)}</i> ${escaped(about(field, names), 300)}\n`;
  return html`<ul class="fields">${raw(items)}</ul>`;
}

/** Nearly all ids, values and names of fields: nothing in them to escape or to make visible. */
const HARMLESS = /^[\w .,:;()/*+=-]*$/;
const escaped = (text: string, longest: number) =>
  text.length <= longest && HARMLESS.test(text)
    ? text
    : printable(text, longest).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Cells of a line of the dump, and of the parts before what may need more lines. */
const DUMP = { line: 66, id: 9, value: 21 } as const;

/**
 * The same for paper, as plain text in columns: a list item for every field would be most of the PDF's structure, and
 * triple the time that it takes to print.
 */
function fieldDump({ message }: Exchanged, names: FieldNames): string {
  return message.fields
    .flatMap(({ id, value, ...field }) => {
      const [first = '', ...more] = wrap(
        `${pad(oneLine(value, 300), DUMP.value)} ${oneLine(about(field, names), 300)}`,
        DUMP.line - DUMP.id - 1,
      );
      const start = `${oneLine(id, DUMP.id).padStart(DUMP.id)} ${first}`;
      return [start, ...more.map((line) => ' '.repeat(DUMP.id + 3) + line.trimStart())];
    })
    .join('\n');
}
