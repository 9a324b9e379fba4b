import type { CertificationBasis, MissingItem } from '../../rig/model/certification.ts';
import type { Titles } from '../../rig/model/event.ts';
import { contradictions } from './contradictions.ts';
import type { Certification } from './view.ts';

/** One thing that the standard asks of a report, and what of it a report lacks. */
export interface Clause {
  /** Number in ISO/IEC 17025:2017. */
  readonly clause: string;
  readonly asks: Titles;
  /** Fields of the campaign file, or results, that are missing. */
  missing(certification: Certification): readonly string[];
}

type Campaign = CertificationBasis['campaign'];

/** The names of values that are empty; an empty list is a value (a statement that there is none). */
const empty = (values: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [name] : [],
  );

/** As `empty`, for each entry of a list: `signatories[1].date`. */
const emptyInEach = <T>(
  name: string,
  entries: readonly T[] | null | undefined,
  values: (entry: T) => Readonly<Record<string, unknown>>,
): readonly string[] =>
  (entries ?? []).flatMap((entry, i) => empty(values(entry)).map((field) => `${name}[${i}].${field}`));

/** The name of a list that has no entries; where there must be one. */
const none = (name: string, entries: readonly unknown[] | null | undefined): readonly string[] =>
  !entries || entries.every((entry) => entry === null || entry === '') ? [name] : [];

const of =
  (missing: (campaign: Campaign, certification: Certification) => readonly string[]): Clause['missing'] =>
  (certification) =>
    missing(certification.basis.campaign, certification);

/** ISO/IEC 17025:2017, 7.8 (and what it rests on in 6.4 and 7.5), in our own words, in the standard's order. */
export const CLAUSES: readonly Clause[] = [
  {
    clause: '7.8.2.1 a',
    asks: { en: 'title', zh: '标题' },
    missing: () => [],
  },
  {
    clause: '7.8.2.1 b',
    asks: { en: 'name and address of the laboratory', zh: '实验室的名称和地址' },
    missing: of(({ laboratory }) =>
      empty({ 'laboratory.name': laboratory?.name, 'laboratory.address': laboratory?.address }),
    ),
  },
  {
    clause: '7.8.2.1 c',
    asks: { en: 'where the work was done', zh: '实施活动的地点' },
    missing: of(({ place }) => empty({ place })),
  },
  {
    clause: '7.8.2.1 d',
    asks: { en: 'a unique number on every page, and a clear end', zh: '每页的唯一性标识和清晰的结束标识' },
    missing: of(({ report }) => empty({ 'report.number': report?.number })),
  },
  {
    clause: '7.8.2.1 e',
    asks: { en: 'name and contact of the customer', zh: '客户的名称和联络信息' },
    missing: of(({ customer }) =>
      empty({
        'customer.name': customer?.name,
        'customer.contact': customer?.contact || customer?.address,
      }),
    ),
  },
  {
    clause: '7.8.2.1 f',
    asks: { en: 'method used', zh: '所用方法的识别' },
    missing: of(({ method }) =>
      empty({ 'method.plan': method?.plan, 'method.description': method?.description }),
    ),
  },
  {
    clause: '7.8.2.1 g',
    asks: { en: 'the item: description, unmistakable identity, condition', zh: '样品的描述、明确标识和状态' },
    missing: of(({ item }, certification) => [
      ...empty({
        'item.description': item?.description,
        'item.make': item?.make,
        'item.model': item?.model,
        'item.hardware': item?.hardware,
        'item.firmware': item?.firmware,
        'item.condition': item?.condition,
        'item.kernels': item?.kernels,
        'item.parameters': item?.parameters,
      }),
      ...none('item.serials', item?.serials),
      ...emptyInEach('item.kernels', item?.kernels, ({ name, version, checksum }) => ({
        name,
        version,
        checksum,
      })),
      ...emptyInEach('item.parameters', item?.parameters, ({ name, sha256 }) => ({ name, sha256 })),
      ...contradictions(certification),
    ]),
  },
  {
    clause: '7.8.2.1 h',
    asks: { en: 'day on which the item was received', zh: '样品接收日期' },
    missing: of(({ item }, { period }) => [
      ...empty({ 'item.received': item?.received }),
      ...(item?.received && period && item.received > period[0]
        ? [`item.received: ${item.received} is later than the first test on ${period[0]}`]
        : []),
    ]),
  },
  {
    clause: '7.8.2.1 i',
    asks: { en: 'dates of testing', zh: '检测日期' },
    missing: ({ period }) => (period ? [] : ['runs: posrig run --campaign, or posrig campaign add']),
  },
  {
    clause: '7.8.2.1 j',
    asks: { en: 'day of issue', zh: '报告签发日期' },
    missing: of(({ report }, { period }) => [
      ...empty({ 'report.date': report?.date }),
      ...(report?.date && period && report.date < period[1]
        ? [`report.date: ${report.date} is before the last test on ${period[1]}`]
        : []),
    ]),
  },
  {
    clause: '7.8.2.1 k',
    asks: { en: 'how the units were sampled', zh: '抽样方法' },
    missing: of(({ sampling }) => empty({ sampling })),
  },
  {
    clause: '7.8.2.1 l',
    asks: { en: 'that the results hold for the items tested only', zh: '结果仅对被测样品有效的声明' },
    missing: () => [],
  },
  {
    clause: '7.8.2.1 m',
    asks: { en: 'results, with units', zh: '结果及单位' },
    missing: ({ cases, notRun }) => [
      ...(cases.length === 0 ? ['results: no scenario was run'] : []),
      ...(notRun.length > 0
        ? [`results: ${notRun.length} scenarios of the plan were not run: ${named(notRun)}`]
        : []),
      ...undecided(cases),
    ],
  },
  {
    clause: '7.8.2.1 n',
    asks: { en: 'additions to, deviations and exclusions from the method', zh: '对方法的补充、偏离或删减' },
    missing: of(({ deviations }) => [
      ...empty({ deviations }),
      ...emptyInEach('deviations', deviations, ({ what, why }) => ({ what, why })),
    ]),
  },
  {
    clause: '7.8.2.1 o',
    asks: { en: 'who authorised the report', zh: '报告批准人的识别' },
    missing: of(({ signatories }, { period }) => [
      ...none('signatories', signatories),
      ...(signatories ?? []).flatMap(({ date }, i) =>
        date && period && date < period[1]
          ? [`signatories[${i}].date: ${date} is before the last test on ${period[1]}`]
          : [],
      ),
      ...emptyInEach('signatories', signatories, ({ name, role, meaning, date }) => ({
        name,
        role,
        meaning,
        date,
      })),
    ]),
  },
  {
    clause: '7.8.2.1 p',
    asks: { en: 'results from outside providers, marked', zh: '来自外部供应商的结果的标识' },
    missing: of((campaign) => [
      ...empty({ 'external-results': campaign['external-results'] }),
      ...emptyInEach('external-results', campaign['external-results'], ({ what, provider }) => ({
        what,
        provider,
      })),
    ]),
  },
  {
    clause: '7.8.2.2',
    asks: { en: 'what the customer supplied', zh: '客户提供的数据' },
    missing: of((campaign) => empty({ 'customer-data': campaign['customer-data'] })),
  },
  {
    clause: '7.8.3.1 a',
    asks: { en: 'conditions of the test', zh: '检测条件' },
    missing: of(({ environment }) =>
      empty({
        'environment.temperature': environment?.temperature,
        'environment.network': environment?.network,
        'environment.host': environment?.host,
      }),
    ),
  },
  {
    clause: '7.8.3.1 b',
    asks: { en: 'statement of conformity', zh: '符合性声明' },
    missing: () => [],
  },
  {
    clause: '7.8.3.1 c',
    asks: { en: 'measurement uncertainty where a limit is judged', zh: '对限值判定时的测量不确定度' },
    missing: ({ timings }) =>
      timings
        .filter(({ uncertainty }) => uncertainty === '–')
        .map(({ id, step }) => `results: ${id}, step ${step}: a time without uncertainty`),
  },
  {
    clause: '7.8.6',
    asks: { en: 'decision rule, agreed with the customer', zh: '与客户商定的判定规则' },
    missing: of(({ 'decision-rule': rule }, { period }) =>
      rule
        ? [
            ...empty({ 'decision-rule.agreed': rule.agreed }),
            // A rule that is chosen when the results are known is none (7.1.3).
            ...(rule.agreed && period && rule.agreed > period[0]
              ? [`decision-rule.agreed: ${rule.agreed} is later than the first test on ${period[0]}`]
              : []),
          ]
        : ['decision-rule'],
    ),
  },
  {
    clause: '7.8.7',
    asks: { en: 'opinions: whose, and on which basis', zh: '意见和解释的人员与依据' },
    missing: of(({ opinions }) =>
      emptyInEach('opinions', opinions, ({ text, by, basis }) => ({ text, by, basis })),
    ),
  },
  {
    clause: '7.8.8',
    asks: {
      en: 'an amendment: what changed, why, and what it replaces',
      zh: '报告修改的内容、原因及所替代的报告',
    },
    missing: of(({ report }) =>
      report?.replaces || (report?.issue ?? 1) > 1
        ? [
            ...empty({
              'report.replaces.number': report?.replaces?.number,
              'report.replaces.date': report?.replaces?.date,
              'report.replaces.why': report?.replaces?.why,
            }),
            ...pointsToItself(report),
            ...none('report.changes', report?.changes),
          ]
        : [],
    ),
  },
  {
    clause: '6.4',
    asks: { en: 'equipment, calibrated or why not', zh: '设备及其校准状态' },
    missing: of(({ equipment }, { period }) => [
      ...none('equipment', equipment),
      ...(equipment ?? []).flatMap((unit, i) => [
        ...empty({ [`equipment[${i}].name`]: unit.name }),
        ...(unit['no-calibration']
          ? []
          : empty({
              [`equipment[${i}].calibrated (or no-calibration)`]: unit.calibrated,
              [`equipment[${i}].due`]: unit.due,
            })),
        ...(unit.calibrated && period && unit.calibrated > period[0]
          ? [`equipment[${i}].calibrated: ${unit.calibrated} is later than the first test on ${period[0]}`]
          : []),
        ...(unit.due && period && unit.due < period[1]
          ? [
              `equipment[${i}].due: the calibration ended on ${unit.due}, before the last test on ${period[1]}`,
            ]
          : []),
      ]),
    ]),
  },
  {
    clause: '7.5.1',
    asks: { en: 'who did the tests', zh: '检测人员' },
    missing: of(({ operators }) => [
      ...none('operators', operators),
      ...emptyInEach('operators', operators, ({ name }) => ({ name })),
    ]),
  },
];

/** An amendment has an identity of its own, and is later than what it replaces. */
function pointsToItself(report: Campaign['report']): readonly string[] {
  const { number, issue = 1, date, replaces } = report ?? {};
  const same = number && replaces?.number === number && (replaces.issue ?? 1) >= issue;
  return [
    ...(same
      ? [`report.replaces: issue ${replaces.issue ?? 1} of ${number} is not earlier than issue ${issue}`]
      : []),
    ...(date && replaces?.date && replaces.date > date
      ? [`report.replaces.date: ${replaces.date} is later than this report of ${date}`]
      : []),
  ];
}

const SHOWN = 8;

const named = (scenarios: readonly { readonly id: string }[]): string =>
  scenarios
    .slice(0, SHOWN)
    .map(({ id }) => id)
    .join(', ') + (scenarios.length > SHOWN ? ' …' : '');

function undecided(cases: Certification['cases']): readonly string[] {
  const open = cases.filter(({ decisive }) =>
    ['broken', 'inconclusive', 'invalid'].includes(decisive.verdict),
  );
  return open.length > 0 ? [`results: ${open.length} scenarios could not be decided: ${named(open)}`] : [];
}

/** Everything that a report lacks, in the order of the standard. */
export const missingItems = (certification: Certification): readonly MissingItem[] =>
  CLAUSES.flatMap(({ clause, asks, missing }) =>
    missing(certification).map((field) => ({ clause, field, asks })),
  );
