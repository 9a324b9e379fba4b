import { html, raw } from 'hono/html';
import type { Campaign } from '../../rig/model/campaign.ts';
import { VERDICTS } from '../../rig/model/verdict.ts';
import { badge, foreign, type Markup } from '../certificate/parts.ts';
import { oneLine } from '../text.ts';
import { type Language, say, VERDICT_MEANING } from '../words.ts';
import { fact, lines, optional, stated, table } from './parts.ts';
import { qrSvg } from './qr.ts';
import type { Certification } from './view.ts';
import { said } from './words.ts';

/** Report number and issue, as they stand on every page. */
export const identification = ({ report, campaign }: Campaign, lang: Language): string =>
  `${oneLine(report?.number || `${campaign} (${said(lang, 'notStated')})`, 60)} · ${said(lang, 'issue', report?.issue ?? 1)}`;

/** The report's own title, or what such a report is called. */
export const titleOf = ({ title }: Campaign, lang: Language): string =>
  oneLine((lang === 'zh' ? title?.zh : title?.en) || title?.en || title?.zh || said(lang, 'title'), 200);

/** The first page: who tested what for whom, when and how, with which result, and who answers for it. */
export function frontPage(certification: Certification, lang: Language, missing: number): Markup {
  const { campaign } = certification.basis;
  const { laboratory, item } = campaign;
  return html`<section class="cover certification">
    <p class="brand">${stated(laboratory?.name, lang)}</p>
    <h1>${titleOf(campaign, lang)}</h1>
    <p class="lead">${said(lang, 'number')} <b class="mono">${identification(campaign, lang)}</b> · ${foreign([item?.make, item?.model].filter(Boolean).join(' ') || said(lang, 'notStated'), 200)}</p>
    ${missing > 0 ? html`<p class="reason broken"><b>${said(lang, 'draft')}</b> ${said(lang, 'draftText', missing)}</p>` : ''}
    ${amendment(campaign, lang)}
    ${conformity(certification, lang)}
    ${identityFacts(certification, lang)}
    <p class="scope">${said(lang, 'scope')}</p>
    ${signatures(campaign, lang)}
    ${headBox(certification, lang)}
  </section>`;
}

function amendment({ report }: Campaign, lang: Language): Markup | string {
  const replaced = report?.replaces;
  if (!replaced) return '';
  return html`<div class="reason inconclusive"><p><b>${said(lang, 'amendment')}</b> ${said(lang, 'replaces', oneLine(replaced.number || '?', 60), replaced.issue ?? 1, replaced.date || '?')}</p>
    <p>${said(lang, 'why')}: ${stated(replaced.why, lang)}</p><p>${said(lang, 'changes')}: ${stated((report.changes ?? []).filter(Boolean).join('; '), lang)}</p></div>`;
}

/** Number of scenarios that apply. */
const applicableOf = ({ cases, notApplicable, notRun }: Certification): number =>
  cases.length - notApplicable.length + notRun.filter(({ id }) => !cases.some((one) => one.id === id)).length;

function conformity(certification: Certification, lang: Language): Markup {
  const { counts, notRun } = certification;
  const applicable = applicableOf(certification);
  const open = counts.broken + counts.inconclusive + counts.invalid + notRun.length;
  const statement =
    counts.failed > 0
      ? said(lang, 'conformsNot', counts.failed, applicable)
      : open > 0 || applicable === 0
        ? said(lang, 'conformsOpen', open)
        : said(lang, 'conforms', applicable);
  const shown = VERDICTS.filter((verdict) => counts[verdict] > 0);
  return html`<h2 class="quiet">${said(lang, 'conformity')}</h2><p class="statement"><b>${statement}</b></p>
    <div class="bar" aria-hidden="true">${shown.map((verdict) => html`<i class="${verdict}" style="flex:${counts[verdict]}"></i>`)}${notRun.length > 0 ? html`<i class="unrun" style="flex:${notRun.length}"></i>` : ''}</div>
    <ul class="counts">${shown.map((verdict) => html`<li>${badge(verdict, lang)} ${counts[verdict]}</li>`)}${notRun.length > 0 ? html`<li>${said(lang, 'notRunMark')} ${notRun.length}</li>` : ''}</ul>`;
}

function identityFacts({ basis, period }: Certification, lang: Language): Markup {
  const { campaign } = basis;
  const { laboratory, customer, item, report, method } = campaign;
  const party = (of: Campaign['customer']) =>
    lines([
      stated(of?.name, lang),
      ...(of?.address ? [foreign(of.address, 1000)] : []),
      ...(of?.contact ? [foreign(of.contact, 1000)] : []),
    ]);
  return html`<dl class="facts">
    ${fact(lang, 'laboratory', party(laboratory))}
    ${laboratory?.accreditation ? fact(lang, 'accreditation', foreign(laboratory.accreditation, 1000)) : ''}
    ${fact(lang, 'customer', party(customer))}
    ${fact(lang, 'place', stated(campaign.place, lang))}
    ${fact(lang, 'item', html`${stated(item?.description, lang)}: ${stated(item?.make, lang)} ${stated(item?.model, lang)}<br><small>${said(lang, 'serials')}: ${stated(serialsOf(item), lang)} · ${said(lang, 'hardware')}: ${stated(item?.hardware, lang)} · ${said(lang, 'firmware')}: ${stated(item?.firmware, lang)}</small>`)}
    ${fact(lang, 'received', stated(item?.received, lang))}
    ${fact(lang, 'tested', stated(period && (period[0] === period[1] ? period[0] : `${period[0]} – ${period[1]}`), lang))}
    ${fact(lang, 'method', stated(method?.description, lang))}
    ${fact(lang, 'date', stated(report?.date, lang))}
  </dl>`;
}

export const serialsOf = (item: Campaign['item']): string => (item?.serials ?? []).filter(Boolean).join(', ');

function signatures({ signatories }: Campaign, lang: Language): Markup {
  const head = (['name', 'role', 'meaning', 'day', 'signature'] as const).map((key) => said(lang, key));
  const people =
    signatories && signatories.length > 0 ? signatories : [{ name: '', role: '', meaning: '', date: '' }];
  return html`<h2 class="quiet">${said(lang, 'signatories')}</h2>${table(
    head,
    people.map(({ name, role, meaning, date }) => [
      stated(name, lang),
      stated(role, lang),
      stated(meaning, lang),
      stated(date, lang),
      html`<span class="pen"></span>`,
    ]),
    'signing',
  )}`;
}

function headBox({ basis }: Certification, lang: Language): Markup | string {
  if (basis.head === undefined) return '';
  return html`<div class="headbox">${raw(qrSvg(`posrig verify --head ${basis.head}`, said(lang, 'qr')))}<div><b>${said(lang, 'head')}</b><br><span class="mono">${basis.head}</span><br><small>${said(lang, 'headText')}</small></div></div>`;
}

/** What the terminal's conformance statement answers; where runs were made with different ones, each run's. */
function answers({ runs }: Certification, lang: Language): Markup | string {
  const given = runs.flatMap(({ number, run }) =>
    (run.start?.answers ?? []).map((one) => ({ ...one, number, said: said(lang, one.answer) })),
  );
  if (given.length === 0) return '';
  const questions = new Map(given.map((one) => [one.id, one.title]));
  return html`<section><h2>${said(lang, 'answers')}</h2><p>${said(lang, 'answersText')}</p>${table(
    ['', said(lang, 'question'), said(lang, 'answer')],
    [...questions].map(([id, title]) => {
      const of = given.filter((one) => one.id === id);
      const alike = of.every(({ answer }) => answer === of[0]?.answer);
      const each = of.map((one) => `${one.said} (${said(lang, 'run')} ${one.number})`);
      return [
        html`<span class="id">${foreign(id, 80)}</span>`,
        foreign(oneLine(say(title, lang), 300)),
        alike ? (of[0]?.said ?? '') : lines(each),
      ];
    }),
    'ids answers',
  )}</section>`;
}

/** What was tested, under which conditions, with what, by which rule. */
export function conditions(certification: Certification, lang: Language): Markup {
  const { campaign } = certification.basis;
  return html`<section class="chapter"><h2>${said(lang, 'identity')}</h2>${itemFacts(certification, lang)}</section>
    ${answers(certification, lang)}
    <section><h2>${said(lang, 'method')}</h2>${methodFacts(certification, lang)}</section>
    <section><h2>${said(lang, 'decision')}</h2><p>${said(lang, 'decisionLogic')}</p><p>${said(lang, 'decisionTiming')}</p><p>${said(lang, 'decisionBench')}</p>
      ${campaign['decision-rule']?.agreed ? html`<p>${said(lang, 'agreed', campaign['decision-rule'].agreed)}</p>` : ''}
      ${campaign['decision-rule']?.note ? html`<p>${foreign(campaign['decision-rule'].note, 4000)}</p>` : ''}
      <p>${said(lang, 'conformityScope')}</p>
      <h3>${said(lang, 'meanings')}</h3><ul class="plain">${VERDICTS.map((verdict) => html`<li>${badge(verdict, lang)} ${say(VERDICT_MEANING[verdict], lang)}</li>`)}</ul></section>
    <section><h2>${said(lang, 'conditions')}</h2>${environmentFacts(campaign, lang)}</section>
    <section><h2>${said(lang, 'equipment')}</h2>${equipmentTable(certification, lang)}</section>
    <section><h2>${said(lang, 'deviations')}</h2>${listed(campaign.deviations, lang, 'noDeviations', (all) =>
      table(
        [said(lang, 'what'), said(lang, 'why'), said(lang, 'effect')],
        all.map(({ what, why, effect }) => [stated(what, lang), stated(why, lang), optional(effect)]),
      ),
    )}</section>
    <section><h2>${said(lang, 'customerData')}</h2>${listed(
      campaign['customer-data'],
      lang,
      'noCustomerData',
      (all) =>
        html`<p>${said(lang, 'customerDataText')}</p><ul>${all.map((text) => html`<li>${optional(text)}</li>`)}</ul>`,
    )}</section>
    <section><h2>${said(lang, 'external')}</h2>${listed(
      campaign['external-results'],
      lang,
      'noExternal',
      (all) =>
        table(
          [said(lang, 'what'), said(lang, 'provider')],
          all.map(({ what, provider }) => [stated(what, lang), stated(provider, lang)]),
        ),
    )}</section>
    ${
      campaign.opinions && campaign.opinions.length > 0
        ? html`<section><h2>${said(lang, 'opinions')}</h2>${table(
            [said(lang, 'opinions'), said(lang, 'by'), said(lang, 'basis')],
            campaign.opinions.map(({ text, by, basis }) => [
              stated(text, lang),
              stated(by, lang),
              stated(basis, lang),
            ]),
          )}</section>`
        : ''
    }`;
}

/** A list of the campaign: not stated, none, or what stands in it. */
function listed<T>(
  entries: readonly T[] | null | undefined,
  lang: Language,
  none: 'noDeviations' | 'noCustomerData' | 'noExternal',
  show: (entries: readonly T[]) => Markup,
): Markup {
  if (!entries) return html`<p>${stated(undefined, lang)}</p>`;
  return entries.length === 0 ? html`<p>${said(lang, none)}</p>` : show(entries);
}

function itemFacts({ basis, photos }: Certification, lang: Language): Markup {
  const { item } = basis.campaign;
  const rows = <T>(
    entries: readonly T[] | null | undefined,
    row: (entry: T) => readonly (Markup | string)[],
  ) => (entries ?? []).map(row);
  const name = said(lang, 'name');
  const kernels = rows(item?.kernels, (kernel) => [
    stated(kernel.name, lang),
    stated(kernel.version, lang),
    html`<span class="mono">${stated(kernel.checksum, lang)}</span>`,
  ]);
  const parameters = rows(item?.parameters, (file) => [
    stated(file.name, lang),
    html`<span class="mono">${stated(file.sha256, lang)}</span>`,
  ]);
  const approvals = rows(item?.approvals, ({ scheme, number, expires }) => [
    stated(scheme, lang),
    stated(number, lang),
    optional(expires),
  ]);
  return html`<dl class="facts">
    ${(['description', 'make', 'model', 'hardware'] as const).map((key) => fact(lang, key, stated(item?.[key], lang)))}
    ${fact(lang, 'serials', stated(serialsOf(item), lang))}
    ${fact(lang, 'firmware', stated(item?.firmware, lang))}
    ${fact(lang, 'application', optional(item?.application))}
    ${item?.['terminal-type'] ? fact(lang, 'terminalType', foreign(item['terminal-type'], 1000)) : ''}
    ${fact(lang, 'condition', stated(item?.condition, lang))}
    ${fact(lang, 'received', stated(item?.received, lang))}
    ${fact(lang, 'sampling', stated(basis.campaign.sampling, lang))}
  </dl>
  ${kernels.length > 0 ? html`<h3>${said(lang, 'kernels')}</h3>${table([name, said(lang, 'version'), said(lang, 'checksum')], kernels)}` : ''}
  ${parameters.length > 0 ? html`<h3>${said(lang, 'parameters')}</h3>${table([name, 'SHA-256'], parameters)}` : ''}
  ${approvals.length > 0 ? html`<h3>${said(lang, 'approvals')}</h3>${table([name, said(lang, 'approvalNumber'), said(lang, 'expires')], approvals)}` : ''}
  ${photos.length > 0 ? html`<h3>${said(lang, 'photos')}</h3><div class="photos">${photos.map(({ url, caption }) => html`<figure><img src='${raw(url)}' alt="${oneLine(caption, 200)}"><figcaption>${foreign(caption, 200)}</figcaption></figure>`)}</div>` : ''}`;
}

function methodFacts({ basis, runs }: Certification, lang: Language): Markup {
  const { plan, campaign } = basis;
  const [first] = runs;
  const versions = [...new Set(runs.map(({ run }) => run.start?.posrig ?? '?'))].join(', ');
  return html`<p>${stated(campaign.method?.description, lang)}</p>
    ${plan ? html`<p>${said(lang, 'plan', oneLine(plan.id, 80), oneLine(say(plan.title, lang), 200), '')} <span class="mono">${plan.sha256}</span></p>` : ''}
    <dl class="facts">${fact(lang, 'rigItself', html`posrig ${foreign(versions, 200)} <small>${first?.run.start ? foreign(Object.values(first.run.start.machine).join(' · '), 300) : ''}</small>`)}
    ${runs.map(({ number, run }) =>
      run.start
        ? html`<dt>${said(lang, 'run')} ${number}</dt><dd>${foreign(run.start.bench.title)} <small class="mono">${run.start.bench.sha256}</small><br>${foreign(`${run.start.profile.maker} ${run.start.profile.model}, ${run.start.profile.id}`)} <small class="mono">${run.start.profile.sha256}</small><br><small>seed ${run.start.seed} · ${foreign(run.start.by)} · ×${run.start.rate}${run.start.firmware ? ` · ${said(lang, 'firmware')} ${oneLine(run.start.firmware, 80)}` : ''}${run.start.serial ? ` · ${said(lang, 'serial')} ${oneLine(run.start.serial, 80)}` : ''}</small></dd>`
        : '',
    )}</dl>`;
}

function environmentFacts({ environment, place, operators }: Campaign, lang: Language): Markup {
  const people = (operators ?? [])
    .map(({ name, role }) => [name, role].filter(Boolean).join(', '))
    .filter(Boolean);
  return html`<dl class="facts">
    ${fact(lang, 'place', stated(place, lang))}
    ${fact(lang, 'temperature', stated(environment?.temperature, lang))}
    ${fact(lang, 'humidity', optional(environment?.humidity))}
    ${fact(lang, 'network', stated(environment?.network, lang))}
    ${fact(lang, 'host', stated(environment?.host, lang))}
    ${environment?.notes ? fact(lang, 'remarks', foreign(environment.notes, 4000)) : ''}
    ${fact(lang, 'operators', stated(people.join('; '), lang))}
  </dl>`;
}

function equipmentTable({ basis }: Certification, lang: Language): Markup {
  const { equipment } = basis.campaign;
  if (!equipment || equipment.length === 0) return html`<p>${stated(undefined, lang)}</p>`;
  return table(
    [
      said(lang, 'inventory'),
      said(lang, 'name'),
      said(lang, 'serial'),
      said(lang, 'software'),
      said(lang, 'calibration'),
    ],
    equipment.map((unit) => [
      optional(unit.id),
      lines([
        stated(unit.name, lang),
        ...(unit.model ? [html`<small>${foreign(unit.model, 300)}</small>`] : []),
      ]),
      optional(unit.serial),
      optional(unit.software),
      unit['no-calibration']
        ? foreign(said(lang, 'noCalibration', unit['no-calibration']), 1000)
        : unit.calibrated && unit.due
          ? foreign(said(lang, 'calibrated', unit.calibrated, unit.due))
          : stated(undefined, lang),
    ]),
  );
}
