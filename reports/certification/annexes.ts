import { html } from 'hono/html';
import { anchor, foreign, type Markup, wallTime } from '../certificate/parts.ts';
import { word } from '../certificate/words.ts';
import type { Language } from '../words.ts';
import { lines, optional, stated, table } from './parts.ts';
import type { Certification, CertifiedCase } from './view.ts';
import { said } from './words.ts';

/**
 * Annexes: the evidence by hash, how this report came to be, and what was masked. `again`: the hashes stand in the same file
 * already, in another language.
 */
export function annexes(certification: Certification, lang: Language, again: boolean): Markup {
  const { basis, cases, notApplicable, runs } = certification;
  return html`<section class="chapter"><h2>${said(lang, 'annex', 'A')} · ${said(lang, 'evidence')}</h2><p>${said(lang, 'evidenceText')}</p>
      ${table(
        [said(lang, 'run'), said(lang, 'file'), word(lang, 'chain')],
        runs.map(({ number, name, head, run }) => [
          String(number),
          lines([
            foreign(name, 300),
            html`<small>${wallTime(run.startedWall)} – ${wallTime(run.endedWall)}${run.cut ? html`<br>${word(lang, 'cutRun')}` : ''}</small>`,
          ]),
          lines([
            html`<span class="mono hash">${head}</span>`,
            html`<small>journal.jsonl SHA-256</small> <span class="mono hash">${run.sha256}</span>`,
          ]),
        ]),
        'evidence',
      )}
      ${again ? html`<p class="soft">${said(lang, 'evidenceBefore')}</p>` : cases.filter((one) => !notApplicable.includes(one)).flatMap((one) => proofs(one, lang))}</section>
    <section><h2>${said(lang, 'annex', 'B')} · ${said(lang, 'history')}</h2>${history(certification, lang)}</section>
    <section class="whole"><h2>${said(lang, 'annex', 'C')} · ${said(lang, 'redaction')}</h2><p>${said(lang, 'redactionText')}</p>
      <p class="soft">campaign ${foreign(basis.campaign.campaign)} <span class="mono hash">${basis.sha256}</span></p></section>`;
}

/** Of each attempt the scenario file and the receipts by hash, side by side: there are dozens, and all are equally long. */
function proofs({ id, attempts, runs }: CertifiedCase, lang: Language): readonly Markup[] {
  return attempts.map((attempt) => {
    const { start, firstEvent, lastEvent, receipts } = attempt;
    const artefacts = receipts.flatMap((receipt) => receipt.artefacts);
    const hashes = [
      { sha256: start.sha256, what: start.file },
      ...artefacts.map(({ ref }) => ({ sha256: ref.sha256, what: ref.path.split('.').at(-1) ?? '' })),
    ];
    const number = attempts.length > 1 ? ` · ${word(lang, 'attempt', attempt.attempt)}` : '';
    return html`<div class="proof"><p><a class="id" href="#${anchor(id, attempt.attempt)}">${foreign(id, 40)}</a>${number} <small>${said(lang, 'run')} ${runs.get(attempt)?.number ?? '–'} · ${said(lang, 'events', firstEvent, lastEvent)} · SHA-256</small></p>
<ul class="hashes">${hashes.map(({ sha256, what }) => html`<li><span class="mono hash">${foreign(sha256)}</span> <small>${foreign(what, 200)}</small></li>`)}</ul></div>`;
  });
}

function history({ basis }: Certification, lang: Language): Markup {
  const { report } = basis.campaign;
  const replaced = report?.replaces;
  const head = [said(lang, 'number'), said(lang, 'day'), said(lang, 'changes'), said(lang, 'why')];
  const changes = (report?.changes ?? []).filter(Boolean).join('; ');
  return table(head, [
    ...(replaced
      ? [
          [
            html`${stated(replaced.number, lang)} · ${said(lang, 'issue', replaced.issue ?? 1)}`,
            html`<span class="nowrap">${stated(replaced.date, lang)}</span>`,
            '–',
            '–',
          ],
        ]
      : []),
    [
      html`${stated(report?.number, lang)} · ${said(lang, 'issue', report?.issue ?? 1)}`,
      html`<span class="nowrap">${stated(report?.date, lang)}</span>`,
      replaced ? stated(changes, lang) : said(lang, 'firstIssue'),
      replaced ? stated(replaced.why, lang) : optional(undefined),
    ],
  ]);
}
