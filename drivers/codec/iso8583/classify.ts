import type { DialogueMessage, MessageKind } from '../../../rig/model/message.ts';
import { currencyByNumeric } from '../../../rig/model/money.ts';
import type { DecodedMessage } from './decoded.ts';
import type { Dialect, MessageRule } from './dialect.ts';
import { lookup } from './layout.ts';
import { maskedFields } from './mask.ts';

export type { MessageRule } from './dialect.ts';

/** What is needed of a message to say what it means. */
type Readable = Pick<DecodedMessage, 'mti' | 'fields'>;

/** What a message is about, as far as its dialect says: its kind, and for a reversal what it reverses. */
export interface Meaning {
  readonly kind: MessageKind;
  readonly of?: MessageKind;
}

/**
 * The rule of the dialect that a message falls under; undefined for a message the dialect says nothing of. A request has
 * every field that its rule goes by. A response need not repeat them: of the rules that it does not contradict, the one
 * with the fewest fields missing is its rule, then the one with the most that are there, then the first. A repetition that
 * the dialect does not name means what it repeats (ISO 8583: 0201 repeats 0200).
 */
export function ruleOf(dialect: Dialect, message: Readable): MessageRule | undefined {
  return ruleFor(dialect, message) ?? ruleFor(dialect, { ...message, mti: repeatedMti(message.mti) });
}

function ruleFor(dialect: Dialect, { mti, fields }: Readable): MessageRule | undefined {
  let best: MessageRule | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  let most = -1;
  for (const rule of dialect.messages) {
    const request = mti === rule.request;
    if (!request && mti !== rule.response) continue;
    const { fits, there, missing } = compare(dialect, fields, rule);
    if (!fits || (request && missing > 0)) continue;
    if (request) return rule;
    if (missing > fewest || (missing === fewest && there <= most)) continue;
    best = rule;
    fewest = missing;
    most = there;
  }
  return best;
}

/** What a repetition repeats; the type itself when it is none. */
export const repeatedMti = (mti: string): string =>
  /[13]$/.test(mti) ? `${mti.slice(0, 3)}${Number(mti[3]) - 1}` : mti;

function compare(dialect: Dialect, fields: Readable['fields'], { match }: MessageRule) {
  let there = 0;
  let missing = 0;
  for (const [id, values] of Object.entries(match)) {
    const value = lookup(dialect, fields, id);
    if (value === undefined) missing++;
    else if (values.includes(value)) there++;
    else return { fits: false, there, missing };
  }
  return { fits: true, there, missing };
}

/** Kind of a message, and for a reversal what it reverses. */
export function classify(
  dialect: Dialect,
  message: Readable,
): Meaning & { readonly direction: 'request' | 'response' } {
  const rule = ruleOf(dialect, message);
  // ISO 8583: the third digit of the MTI is even for requests and advices, odd for their responses.
  const direction = Number(message.mti[2]) % 2 === 0 ? 'request' : 'response';
  return { kind: rule?.kind ?? 'other', direction, ...(rule?.of && { of: rule.of }) };
}

/** A response is about what was asked, however little of it the response repeats. */
export function asAnswerTo(asked: Meaning, response: DialogueMessage): DialogueMessage {
  const { of: _, ...rest } = response;
  return { ...rest, kind: asked.kind, ...(asked.of && { of: asked.of }) };
}

/** The message as rules, books and reports see it. Fields are masked unless `clear`. */
export function toDialogueMessage(
  dialect: Dialect,
  message: DecodedMessage,
  options: { readonly clear?: boolean } = {},
): DialogueMessage {
  const { fields } = message;
  const { dialogue } = dialect;
  const { kind, of, direction } = classify(dialect, message);
  const rule = ruleOf(dialect, message);
  const original = direction === 'request' ? pick(dialect, rule?.original ?? {}, fields) : {};
  const digits = fields[dialogue.amount];
  const currency = currencyByNumeric(fields[dialogue.currency] ?? '') ?? dialect.currency;
  return {
    kind,
    direction,
    ...(of && { of }),
    mti: message.mti,
    ...pick(
      dialect,
      {
        stan: dialogue.stan,
        batch: dialogue.batch,
        terminal: dialogue.terminal,
        merchant: dialogue.merchant,
        // In a request F37 names the original, not the message itself.
        rrn: direction === 'request' && rule?.original.rrn === dialogue.rrn ? undefined : dialogue.rrn,
        authCode: dialogue['auth-code'],
        code: dialogue.code,
      },
      fields,
    ),
    ...(digits !== undefined && /^\d{1,12}$/.test(digits) && { amount: { minor: Number(digits), currency } }),
    ...(Object.keys(original).length > 0 && { original }),
    fields: maskedFields(message, options),
  };
}

/** Trimmed values of the fields that are there. */
function pick<K extends string>(
  dialect: Dialect,
  ids: Readonly<Partial<Record<K, string | undefined>>>,
  fields: Readonly<Record<string, string>>,
): Partial<Record<K, string>> {
  const picked: Partial<Record<K, string>> = {};
  for (const key of Object.keys(ids) as K[]) {
    const id = ids[key];
    const value = id === undefined ? undefined : lookup(dialect, fields, id);
    if (value !== undefined) picked[key] = value.trim();
  }
  return picked;
}
