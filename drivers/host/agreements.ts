import type { TestCard } from '../../rig/model/card.ts';
import type { DecodedMessage, Dialect } from '../codec/iso8583/index.ts';
import { namesTwoCards, type Tracks } from './tracks.ts';

/** What is known beside a request of whoever sent it. */
export interface KnownOfSender {
  /** The card that the request names, when it is one of ours. */
  readonly card: TestCard | undefined;
  readonly tracks: Tracks;
  /** Network address of the acquirer for this terminal (destination in the TPDU), when the key file says it. */
  readonly nii?: string | undefined;
}

/**
 * How a request contradicts itself, or what is known of its card and its terminal: the agreements of the dialect, one card in
 * all fields, a TPDU that is addressed to the acquirer. In words; undefined when all agrees.
 */
export function contradiction(
  dialect: Dialect,
  message: DecodedMessage,
  known: KnownOfSender,
): string | undefined {
  const { fields, tpdu, mti } = message;
  if (namesTwoCards(fields, known.tracks)) return 'F2 and track 2 name two cards';
  const to = tpdu.slice(2, 6);
  if (known.nii !== undefined && tpdu.length === 10 && to !== known.nii)
    return `the TPDU ${tpdu} is addressed to ${to}, and the acquirer is ${known.nii}`;
  const sequence = known.card?.sequence.padStart(3, '0') ?? '';
  const value = (id: string): string =>
    id === 'MTI' ? mti : id === 'card.sequence' ? sequence : (fields[id] ?? '');
  const all = (conditions: Readonly<Record<string, RegExp>>) =>
    Object.entries(conditions).every(([id, pattern]) => pattern.test(value(id)));
  const broken = agreementsOf(dialect).find(({ when, must }) => all(when) && !all(must));
  if (!broken) return undefined;
  const quoted = broken.told.map((id) => `F${id} is ${clipped(value(id))}`);
  return `by its dialect, ${broken.title}${quoted.length === 0 ? '' : `; but ${quoted.join(', ')}`}`;
}

const clipped = (value: string): string =>
  value.length > 16 ? `of ${value.length} characters` : value || 'absent';

interface Agreement {
  readonly title: string;
  readonly when: Readonly<Record<string, RegExp>>;
  readonly must: Readonly<Record<string, RegExp>>;
  /** Fields that may be quoted. */
  readonly told: readonly string[];
}

const compiled = new WeakMap<Dialect, readonly Agreement[]>();

function agreementsOf(dialect: Dialect): readonly Agreement[] {
  const known = compiled.get(dialect);
  if (known) return known;
  const patterns = (conditions: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(conditions).map(([id, pattern]) => [id, new RegExp(pattern)] as const));
  const secret = (id: string) => dialect.fields[id.split('.')[0] ?? '']?.sensitive !== undefined;
  const all = dialect.agreements.map(({ title, when, must }) => ({
    title: title.en,
    when: patterns(when),
    must: patterns(must),
    told: Object.keys(must).filter((id) => !secret(id)),
  }));
  compiled.set(dialect, all);
  return all;
}
