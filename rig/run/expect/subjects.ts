import type { CapturedSlip, HostExchange, PlaneByName } from '../../bench/planes.ts';
import type { Profile } from '../../bench/profile.ts';
import type { TillRecord } from '../../model/book.ts';
import type { EntryMode } from '../../model/card.ts';
import { STRICTEST_MASK } from '../../model/mask-policy.ts';
import type { MessageKind } from '../../model/message.ts';
import type { Cvm, Subject, SubjectSet } from '../../receipts/subject.ts';
import { isOperation } from '../../scenario/scenario.ts';
import { madeIn, type StepRecord } from '../step-record.ts';
import { toldIn } from './field.ts';

/** Messages that stand in no slip: they tell of a transaction, they are none. */
const NO_TRANSACTION: readonly MessageKind[] = [
  'reversal',
  'script-result',
  'signature',
  'batch-upload',
  'batch-upload-end',
];

export interface SubjectBearings {
  readonly profile: Profile;
  readonly currency: string;
  readonly planes: Partial<PlaneByName>;
}

/**
 * The slips of the last step, those of one transaction together, each with what the other planes know of it. `records`
 * are the steps so far.
 */
export function subjectsOf(records: readonly StepRecord[], bearings: SubjectBearings): SubjectSet[] {
  const record = records.at(-1);
  if (!record) return [];
  const sets = new Map<string, Subject[]>();
  for (const slip of record.seen.slips) {
    const key =
      slip.copy === 'settlement' ? 'settlement' : `${six(slip.fields['batch'])}/${six(slip.fields['stan'])}`;
    sets.set(key, [...(sets.get(key) ?? []), subjectOf(slip, record, records, bearings)]);
  }
  return [...sets.values()].map((subjects) => ({ subjects, order: bearings.profile.receipt.order }));
}

function subjectOf(
  slip: CapturedSlip,
  record: StepRecord,
  records: readonly StepRecord[],
  { profile, currency, planes }: SubjectBearings,
): Subject {
  const exchange = knownThen(exchangeOf(slip, records), slip);
  const booked = bookedOf(slip, exchange, planes);
  const kind =
    slip.copy === 'settlement' ? 'settlement' : (exchange?.request.kind ?? kindByStep(slip, record));
  const maker = records.find(
    (one) =>
      isOperation(one.step.action) &&
      one.kind === kind &&
      (!exchange || one.seen.exchanges.some(({ request }) => request === exchange.request)),
  );
  const entry = entryOf(exchange);
  const cvm = cvmOf(slip, exchange);
  const reprint = record.step.action.do === 'reprint';
  const first = reprint ? firstOf(slip, records) : undefined;
  const original = originalOf(exchange, maker, records);
  const told = reprint || kind === undefined ? undefined : toldOf(kind, record, planes);
  const torn = slip.receipt.end !== 'cut' && records.some(({ step }) => step.interrupt !== undefined);
  return {
    slip,
    currency,
    locale: profile.receipt.locale,
    reprint: reprint || slip.again === true,
    torn,
    mask: profile.receipt.mask[slip.copy] ?? STRICTEST_MASK,
    ...(kind ? { kind } : {}),
    ...(entry ? { entry } : {}),
    ...(cvm ? { cvm } : {}),
    ...(maker?.card ? { card: maker.card } : {}),
    ...(exchange ? { exchange } : {}),
    ...(booked ? { booked } : {}),
    ...(told ? { told } : {}),
    ...(original ? { original } : {}),
    ...(first ? { first } : {}),
  };
}

/** STAN and batch are six digits on the wire; slips may drop leading zeros. */
const six = (text: string | undefined) => (text ?? '').trim().padStart(6, '0');

/** The dialogue that the slip tells of, by voucher number (and batch, where it is printed); an answered one first. */
function exchangeOf(slip: CapturedSlip, records: readonly StepRecord[]): HostExchange | undefined {
  const stan = slip.fields['stan'];
  if (!stan) return undefined;
  const same = records
    .flatMap(({ seen }) => seen.exchanges)
    .filter(
      ({ request }) =>
        !NO_TRANSACTION.includes(request.kind) &&
        six(request.stan) === six(stan) &&
        (!slip.fields['batch'] || !request.batch || six(request.batch) === six(slip.fields['batch'])),
    );
  return same.find(({ response }) => response !== undefined) ?? same[0];
}

/** What the host answered after the slip had begun cannot stand on it. */
function knownThen(exchange: HostExchange | undefined, slip: CapturedSlip): HostExchange | undefined {
  if (!exchange || exchange.answeredAt === undefined || exchange.answeredAt <= slip.at) return exchange;
  const { response: _, answeredAt: __, ...asked } = exchange;
  return asked;
}

function bookedOf(slip: CapturedSlip, exchange: HostExchange | undefined, planes: Partial<PlaneByName>) {
  const stan = exchange?.request.stan;
  if (stan === undefined || slip.copy === 'settlement') return undefined;
  if (exchange?.response === undefined) return undefined;
  const entries = (planes.host?.ledger() ?? []).filter(
    (entry) =>
      entry.kind === exchange.request.kind &&
      entry.stan === stan &&
      (!exchange.request.batch || entry.batch === exchange.request.batch),
  );
  // A request that arrives again has an entry of its own: it was turned away.
  const { rrn } = exchange.response;
  return entries.find((entry) => rrn !== undefined && entry.rrn === rrn) ?? entries.at(-1);
}

/** What the till was told in this step of a transaction of that kind. */
function toldOf(kind: MessageKind, record: StepRecord, planes: Partial<PlaneByName>): TillRecord | undefined {
  const told = toldIn(record, planes.till?.records() ?? []);
  return told && (told.kind ?? 'sale') === kind ? told : undefined;
}

/** What is told to the host only later is what the step asked for. */
const kindByStep = (slip: CapturedSlip, record: StepRecord): MessageKind | undefined =>
  slip.fields['stan'] && record.step.action.do !== 'reprint' ? record.kind : undefined;

/** F22, point of service entry mode: the first two digits say how the card number came in. */
const ENTRIES: Readonly<Record<string, EntryMode | 'manual'>> = {
  '01': 'manual',
  '02': 'swipe',
  '03': 'scan',
  '05': 'chip',
  '07': 'tap',
  '80': 'swipe',
  '90': 'swipe',
  '91': 'tap',
  '95': 'chip',
  '96': 'tap',
  '98': 'tap',
};

const fieldOf = (exchange: HostExchange | undefined, id: string) =>
  exchange?.request.fields.find((field) => field.id === id)?.value.trim();

const entryOf = (exchange: HostExchange | undefined) =>
  ENTRIES[fieldOf(exchange, '22')?.slice(-3).slice(0, 2) ?? ''];

/** By the PIN in the message; without one, whoever signed on the pad needs no line. A hand-typed card is not there to sign. */
function cvmOf(slip: CapturedSlip, exchange: HostExchange | undefined): Cvm | undefined {
  if (!exchange) return undefined;
  if (exchange.checks['pin'] === 'ok' || exchange.checks['pin'] === 'wrong') return 'pin';
  if (slip.fields['signature']) return 'pad';
  const pin = exchange.checks['pin'];
  const entry = entryOf(exchange);
  // Who pays by code was asked by the phone.
  const signs = entry !== undefined && entry !== 'manual' && entry !== 'scan';
  return pin === 'absent' && signs ? 'signature' : undefined;
}

function firstOf(slip: CapturedSlip, records: readonly StepRecord[]): CapturedSlip | undefined {
  return records
    .slice(0, -1)
    .flatMap((record) => (record.step.action.do === 'reprint' ? [] : record.seen.slips))
    .findLast(
      (other) =>
        other.copy === slip.copy &&
        six(other.fields['stan']) === six(slip.fields['stan']) &&
        other.fields['batch'] === slip.fields['batch'],
    );
}

/** What the step refers to, as the host and the earlier slip have it; without that, what the message says. */
function originalOf(
  exchange: HostExchange | undefined,
  maker: StepRecord | undefined,
  records: readonly StepRecord[],
): Subject['original'] {
  const action = maker?.step.action;
  const of = action && isOperation(action) ? action.of : undefined;
  const original = of === undefined ? undefined : records[of - 1];
  const made = original && madeIn(original);
  if (made) {
    const { stan } = made.request;
    const { rrn, authCode } = made.response ?? {};
    return { ...(stan ? { stan } : {}), ...(rrn ? { rrn } : {}), ...(authCode ? { authCode } : {}) };
  }
  const said = exchange?.request.original;
  return said && (said.stan || said.rrn)
    ? { ...(said.stan ? { stan: said.stan } : {}), ...(said.rrn ? { rrn: said.rrn } : {}) }
    : undefined;
}
