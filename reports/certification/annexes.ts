import { html } from 'hono/html';
import { anchor, foreign, type Markup, wallTime } from '../certificate/parts.ts';
import { word } from '../certificate/words.ts';
import type { Language } from '../words.ts';
import { lines, optional, stated, table } from './parts.ts';
import type { Certification, CertifiedCase } from './view.ts';
import { said } from './words.ts';

/** Annexes: the evidence by hash, how this report came to be, and what was masked. */
export function annexes(certification: Certification, lang: Language): Markup {
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
      ${table(
        [word(lang, 'scenario'), said(lang, 'run'), 'SHA-256'],
        cases.filter((one) => !notApplicable.includes(one)).flatMap((one) => evidenceRows(one, lang)),
        'evidence',
      )}</section>
    <section><h2>${said(lang, 'annex', 'B')} · ${said(lang, 'history')}</h2>${history(certification, lang)}</section>
    <section class="whole"><h2>${said(lang, 'annex', 'C')} · ${said(lang, 'redaction')}</h2><p>${said(lang, 'redactionText')}</p>
      <p class="soft">campaign ${foreign(basis.campaign.campaign)} <span class="mono hash">${basis.sha256}</span></p></section>`;
}

function evidenceRows({ id, attempts, runs }: CertifiedCase, lang: Language) {
  return attempts.map((attempt) => {
    const { start, firstEvent, lastEvent, receipts } = attempt;
    const artefacts = receipts.flatMap((receipt) => receipt.artefacts);
    return [
      html`<a class="id" href="#${anchor(id, attempt.attempt)}">${foreign(id, 40)}</a>${attempts.length > 1 ? html`<br><small>${word(lang, 'attempt', attempt.attempt)}</small>` : ''}`,
      html`${runs.get(attempt)?.number ?? '–'}<br><small class="nowrap">${said(lang, 'events', firstEvent, lastEvent)}</small>`,
      lines([
        html`<small>${foreign(start.file, 200)}</small> <span class="mono hash">${foreign(start.sha256)}</span>`,
        ...artefacts.map(
          ({ ref }) =>
            html`<span class="mono hash">${foreign(ref.sha256)}</span> <small>${foreign(ref.path.split('.').at(-1) ?? '', 10)}</small>`,
        ),
      ]),
    ];
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
