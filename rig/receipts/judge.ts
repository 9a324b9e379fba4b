import { RigError } from '../model/errors.ts';
import { describePolicy, fitsPolicy, MASK_POLICIES } from '../model/mask-policy.ts';
import { CONFIDENCE_MIN } from '../model/receipt.ts';
import { digitsTogether } from './digits-together.ts';
import { doubtOf } from './doubt.ts';
import { hostValue, tillValue } from './known-value.ts';
import { CHECK_NAMES, type Check, type CheckName, type PackedRule, policyFor } from './pack.ts';
import { SLIP_CHECKS } from './slip-checks.ts';
import { describeSlip, type Subject, type SubjectSet } from './subject.ts';
import { untold } from './untold.ts';

/** One rule on one slip (or on the copies of one transaction): kept or broken, with the place on the paper. */
export interface RuleResult {
  readonly rule: PackedRule;
  readonly subject: Subject;
  readonly good: boolean;
  readonly expected: string;
  readonly observed: string;
  /** Lines of the slip that the verdict is about; empty when it is about what is not there. */
  readonly lines: readonly number[];
  /** Why nothing can be said: the slip was read from a picture, and not well enough. Then `good` decides nothing. */
  readonly doubt?: string;
  /** Why what is not there may well have been sent: the link cannot carry it. Then `good` decides nothing. */
  readonly untold?: string;
}

/** What a check says; undefined when what it needs is not known. */
export interface Judged {
  readonly good: boolean;
  readonly expected: string;
  readonly observed: string;
  readonly lines?: readonly number[];
  readonly doubt?: string;
  readonly untold?: string;
}

/** The rules of one check that compare the copies of one transaction with each other. */
const SET_CHECKS: readonly CheckName[] = ['one-of-each', 'together-masked'];
/** What is missing on torn paper proves nothing; what stands there does. */
const ABOUT_PRESENCE: ReadonlySet<CheckName> = new Set([
  'absent',
  'absent-or-masked',
  'masked',
  'forbidden',
  'no-line',
  'together-masked',
  'approved',
  'one-amount',
  'positive',
  'possible-date',
  'readable-amount',
]);

/** All rules that apply to these slips of one transaction, each with its result. Not applicable ones are left out. */
export function judgeSet(set: SubjectSet, rules: readonly PackedRule[]): RuleResult[] {
  const results: RuleResult[] = [];
  for (const rule of rules) {
    const name = checkOf(rule.check);
    if (SET_CHECKS.includes(name)) {
      const members = set.subjects.filter((subject) => applies(rule, subject));
      const [subject] = members;
      const judged = subject && judgeTogether(rule.check, members, set);
      if (subject && judged) results.push({ rule, subject: judged.subject ?? subject, lines: [], ...judged });
      continue;
    }
    for (const subject of set.subjects) {
      if (!applies(rule, subject) || (subject.torn && !ABOUT_PRESENCE.has(name))) continue;
      const judged = judgeOne(rule.check, name, subject);
      if (judged) results.push({ rule, subject, lines: [], ...judged });
    }
  }
  return results;
}

export function checkOf(check: Check): CheckName {
  const name = CHECK_NAMES.find((candidate) => check[candidate] !== undefined);
  if (name) return name;
  throw new RigError('RIG_DEFECT', 'rig', 'a receipt rule checks nothing');
}

function judgeOne(check: Check, name: CheckName, subject: Subject): Judged | undefined {
  const judge = SLIP_CHECKS[name] as
    | ((argument: unknown, subject: Subject) => Judged | undefined)
    | undefined;
  const judged = judge?.(check[name], subject);
  if (!judged) return undefined;
  const why = judged.good ? undefined : untold(subject.slip, soughtBy(check, name, subject));
  if (why !== undefined) return { ...judged, untold: why };
  if (subject.slip.reading === undefined) return judged;
  // Card data that was found in a picture stands there, however badly the rest is read.
  if (name === 'forbidden' && !judged.good) return judged;
  const doubt =
    doubtfulContent(check, judged, subject) ??
    doubtOf({
      slip: subject.slip,
      fields: fieldsOf(check, name),
      good: judged.good,
      wanted: wantedOf(check, subject),
      again: (slip) => judge?.(check[name], { ...subject, slip })?.good,
    });
  return doubt === undefined ? judged : { ...judged, doubt };
}

/** Texts and fields that a check looks for; a field that stands there is as it was sent. */
function soughtBy(check: Check, name: CheckName, { slip }: Subject) {
  const { line = [], bold = [] } = check;
  const texts = name === 'line' ? line : name === 'bold' ? bold : [];
  return { texts, fields: fieldsOf(check, name).filter((field) => !slip.fields[field]) };
}

/** Card data that would stand in the picture if a few digits were misread. */
function doubtfulContent(check: Check, { good }: Judged, { slip }: Subject): string | undefined {
  const suspected = (slip.suspected ?? []).filter((kind) => check.forbidden?.includes(kind));
  return good && suspected.length > 0
    ? `perhaps ${suspected.join(', ')}, if digits were misread in the picture`
    : undefined;
}

/** The fields whose values a check reads. */
function fieldsOf(check: Check, name: CheckName): readonly string[] {
  const argument: unknown = check[name];
  switch (name) {
    case 'printed':
    case 'absent':
    case 'absent-or-masked':
    case 'matches-host':
    case 'matches-till':
    case 'matches-card':
    case 'bold':
    case 'positive':
    case 'possible-date':
    case 'readable-amount':
      return check[name] ?? [];
    case 'one-amount':
      return ['amount', 'total'];
    case 'form':
    case 'height':
      return Object.keys(argument as object);
    case 'masked':
      return ['pan'];
    case 'host-time':
      return ['date-time'];
    case 'names-original':
      return ['original-stan', 'original-rrn', 'original-auth-code'];
    case 'adds-up':
      return ['sales-total', 'credit-total', 'net-total'];
    default:
      return [];
  }
}

/** What the host or the till has for the fields of a check, where that is text. */
function wantedOf(check: Check, { exchange, booked, told }: Subject): Readonly<Record<string, string>> {
  const values = [
    ...(check['matches-host'] ?? []).map((field) => [field, hostValue(field, exchange, booked)]),
    ...(check['matches-till'] ?? []).map((field) => [field, tillValue(field, told)]),
  ];
  return Object.fromEntries(values.filter(([, value]) => typeof value === 'string'));
}

/** Copies that rules are about when they do not say. */
const OF_TRANSACTIONS = ['merchant', 'customer'];

function applies({ when }: PackedRule, { slip, kind, entry, cvm }: Subject): boolean {
  if (!(when.copy ?? OF_TRANSACTIONS).includes(slip.copy)) return false;
  const among = <T>(wanted: readonly T[] | undefined, is: T | undefined) =>
    wanted === undefined || (is !== undefined && wanted.includes(is));
  return (
    among(when.kind, kind) &&
    !(when['not-kind'] && (kind === undefined || when['not-kind'].includes(kind))) &&
    among(when.entry, entry) &&
    (when.cvm === undefined || when.cvm === cvm)
  );
}

function judgeTogether(
  check: Check,
  subjects: readonly Subject[],
  { order }: SubjectSet,
): (Judged & { readonly subject?: Subject }) | undefined {
  if (check['one-of-each']) return judgeCopies(subjects, order);
  const asked = check['together-masked'];
  return asked === undefined ? undefined : judgeDigits(asked, subjects);
}

function judgeCopies(
  subjects: readonly Subject[],
  order: SubjectSet['order'],
): (Judged & { readonly subject?: Subject }) | undefined {
  // After a power cut copies come again or in another step; what came says nothing about how many there should be.
  if (subjects.some(({ torn }) => torn)) return undefined;
  const printed = subjects.map(({ slip }) => slip.copy);
  const twice = subjects.find(({ slip }, i) => printed.indexOf(slip.copy) < i);
  const good = !twice && order.filter((copy) => printed.includes(copy)).join() === printed.join();
  const observed = printed.map((copy) => `${copy} copy`).join(', then ');
  return {
    good,
    expected: `one of each: ${order.join(', then ')}`,
    observed,
    ...(twice ? { subject: twice } : {}),
  };
}

/** Digits of the card number by place, over all copies: one may show the first and another the last. */
function judgeDigits(
  asked: NonNullable<Check['together-masked']>,
  subjects: readonly Subject[],
): (Judged & { readonly subject?: Subject }) | undefined {
  const policies = subjects.map(({ mask }) => policyFor(asked, mask));
  // The copy that may show most sets the limit for all of them together.
  const policy = policies.reduce((a, b) => (shown(b) > shown(a) ? b : a), policies[0] ?? 'last4');
  const slips = subjects.map(({ slip }) => slip);
  const pan = subjects.find(({ card }) => card !== undefined)?.card?.pan;
  const { first, last, loose } = digitsTogether(slips, pan);
  const { first: mayFirst, last: mayLast } = MASK_POLICIES[policy];
  const good = first <= mayFirst && last <= mayLast;
  const worst =
    subjects.find(({ slip }) => !fitsPolicy(slip.fields['pan'] ?? '*', policy)) ??
    subjects.find(({ slip }) => loose.has(slip));
  const unsure = subjects.find(({ slip }) => (slip.reading?.fields['pan'] ?? 100) < CONFIDENCE_MIN);
  return {
    good,
    expected: `all copies together show ${describePolicy(policy)}`,
    observed: good
      ? `together the first ${first} and the last ${last}`
      : `together ${subjects.map(({ slip }) => describeSlip(slip)).join(' and ')} show the first ${first} and the last ${last} digits`,
    lines: worst ? [...(worst.slip.fieldLines?.['pan'] ?? []), ...(loose.get(worst.slip) ?? [])] : [],
    ...(worst ? { subject: worst } : {}),
    ...(unsure
      ? {
          doubt: `read from a picture with too little confidence: pan ${unsure.slip.reading?.fields['pan']} of 100`,
        }
      : {}),
  };
}

const shown = (policy: keyof typeof MASK_POLICIES) =>
  MASK_POLICIES[policy].first + MASK_POLICIES[policy].last;
