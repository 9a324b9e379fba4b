import type { OpenBench } from '../../bench/open.ts';
import type { HostPolicy } from '../../bench/policy.ts';
import type { Profile } from '../../bench/profile.ts';
import { formatAmount, parseAmount } from '../../model/money.ts';
import { formatDuration } from '../../model/time.ts';
import type { PartUnderTest } from '../../model/verdict.ts';
import type { PackedRule } from '../../receipts/pack.ts';
import type { StepRecord } from '../step-record.ts';
import { blameForAnswer, contraryDecision } from './answer.ts';
import { describeExchange, expectHost } from './host.ts';
import { met, type Observation, unmet, unobserved } from './observation.ts';
import { expectPaper } from './paper.ts';
import { expectReceipt } from './receipt.ts';
import { observeRules } from './rules.ts';
import { observeTraffic } from './traffic.ts';

export type { Observation } from './observation.ts';

interface Bearings {
  readonly planes: OpenBench['planes'];
  readonly currency: string;
  readonly underTest: readonly PartUnderTest[];
  /** By which the host answers, if the rig is the acquirer. */
  readonly policy?: HostPolicy | undefined;
  readonly profile: Profile;
  /** Receipt rules of profile and scenario. */
  readonly rules: readonly PackedRule[];
}

/** Compares one step with what its scenario expects of it. `records` are the steps so far, this one last. */
export function observe(
  records: readonly StepRecord[],
  { planes, profile, currency, underTest, policy, rules }: Bearings,
): Observation[] {
  const record = records.at(-1);
  if (!record) return [];
  const { expect } = record.step;
  const found: Observation[] = [];
  const host = { simulated: planes.host?.simulated ?? false, policy };
  const compare = (path: string, expected: string, observed: string, good: boolean) =>
    found.push(good ? met(path, expected, observed) : unmet(path, expected, observed, 'terminal', underTest));

  if (expect.outcome !== undefined) {
    const good = record.outcome === expect.outcome;
    const observed = record.outcome ?? 'none';
    compare('expect.outcome', expect.outcome, good ? observed : `${observed}${shownAtLast(record)}`, good);
  }
  if (expect.code !== undefined) {
    compare('expect.code', expect.code, record.code ?? 'no code on the screen', record.code === expect.code);
  }
  for (const text of expect.display ?? []) {
    const shown = record.screens.some((screen) => screen.lit && screen.lines.join('\n').includes(text));
    const last =
      record.screens.filter((screen) => screen.outcome !== undefined).at(-1) ?? record.screens.at(-1);
    compare(
      'expect.display',
      `"${text}" on the screen`,
      shown ? 'shown' : `not shown; it showed "${last?.lines.join(' / ') ?? 'nothing'}"`,
      shown,
    );
  }
  if (expect.till !== undefined) {
    const { outcome, asked } = expect.till;
    const words = (is: string, had: boolean | undefined) =>
      had === undefined ? is : `${is}, ${had ? 'having asked' : 'without having to ask'}`;
    const told = record.seen.till?.at(-1);
    const expected = `the till was told: ${words(outcome, asked)}`;
    if (!planes.till) found.push(unobserved('expect.till', expected, 'till'));
    else {
      const had = asked === undefined ? undefined : told?.recovered === true;
      compare(
        'expect.till',
        expected,
        told ? words(told.outcome, had) : 'the till was told of nothing',
        told?.outcome === outcome && had === asked,
      );
    }
  }
  if (expect.receipt !== undefined) {
    found.push(
      ...(planes.printer && record.unwatched === undefined
        ? [
            ...expectReceipt(expect.receipt, record, currency, underTest, {
              planes,
              locale: profile.receipt.locale,
            }),
            ...expectPaper(expect.receipt, records, { planes, profile, currency, underTest }),
          ]
        : [unobserved('expect.receipt', 'receipts', 'printer', record.unwatched)]),
    );
  }
  if (expect.host !== undefined) {
    found.push(
      ...(planes.host
        ? expectHost(expect.host, records, currency, underTest, host)
        : [unobserved('expect.host', 'messages at the host', 'host')]),
    );
  }
  for (const [what, expected, minor] of [
    ['moved', expect.moved, record.moved],
    ['held', expect.held, record.held],
  ] as const) {
    if (expected === undefined) continue;
    if (!planes.host) {
      found.push(unobserved('expect.money', 'money in the ledger', 'host'));
      continue;
    }
    const wanted = parseAmount(expected, currency);
    const doubt = record.seen.ledger.find(({ state }) => state === 'unknown');
    if (doubt) {
      found.push({
        path: `expect.money.${what}`,
        expected: `${formatAmount(wanted)} ${currency}`,
        observed: `unknown: nobody saw the host's answer to ${doubt.kind} ${doubt.stan}`,
        verdict: 'inconclusive',
        blame: 'bench',
      });
      continue;
    }
    compare(
      `expect.money.${what}`,
      `${formatAmount(wanted)} ${currency}`,
      `${formatAmount({ minor, currency })} ${currency}`,
      minor === wanted.minor,
    );
  }
  found.push(...observeRules(records, rules, { planes, profile, currency, underTest }));
  if (expect.traffic) found.push(...observeTraffic(expect.traffic, record, underTest));
  if (expect.withinMs !== undefined) found.push(timing(expect.withinMs, record, underTest));
  const contrary = contraryDecision(record);
  if (contrary && !found.some(({ undermines }) => undermines)) {
    const { why, ...judged } = blameForAnswer(contrary, record, host, underTest);
    found.push({
      path: 'expect.outcome',
      expected: `an answer that makes it ${expect.outcome}`,
      observed: `${describeExchange(contrary)} (${why})`,
      ...judged,
      undermines: true,
    });
  }
  return found;
}

/** What the screen that decided said: why a terminal refuses stands there and nowhere else. */
function shownAtLast({ screens }: StepRecord): string {
  const lines = screens.findLast(({ outcome }) => outcome !== undefined)?.lines ?? [];
  const words = lines.map((line) => line.trim()).filter((line) => line !== '');
  return words.length === 0 ? '' : ` (it showed "${words.join(' / ')}")`;
}

/** A limit is kept or broken only if the noise of the machine could not have decided it. */
function timing(limit: number, record: StepRecord, underTest: readonly PartUnderTest[]): Observation {
  const expected = `within ${formatDuration(limit)}`;
  const late = Math.max(record.uncertainty, record.drawnOut ?? 0);
  const observed = `${formatDuration(record.took)} ± ${formatDuration(late)}`;
  if (record.took + record.uncertainty <= limit) return met('expect.within', expected, observed);
  if (record.took - late > limit) return unmet('expect.within', expected, observed, 'terminal', underTest);
  return {
    path: 'expect.within',
    expected,
    observed: `${observed}: too close to the limit for this machine`,
    verdict: 'inconclusive',
    blame: 'rig',
  };
}
