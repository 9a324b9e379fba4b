import type { DialogueMessage, MessageKind } from '../../../rig/model/message.ts';
import { currencyByNumeric } from '../../../rig/model/money.ts';
import type { DecodedMessage } from './decoded.ts';
import type { Dialect, MessageRule } from './dialect.ts';
import { lookup } from './layout.ts';
import { maskedFields } from './mask.ts';

export type { MessageRule } from './dialect.ts';

/** What is needed of a message to say what it means. */
type Readable = Pick<DecodedMessage, 'mti' | 'fields'>;

/** The rule of the dialect that a message falls under; undefined for a message the dialect says nothing of. */
export function ruleOf(dialect: Dialect, { mti, fields }: Readable): MessageRule | undefined {
  return dialect.messages.find((rule) => {
    const request = mti === rule.request;
    if (!request && mti !== rule.response) return false;
    return Object.entries(rule.match).every(([id, values]) => {
      const value = lookup(dialect, fields, id);
      return value === undefined ? !request : values.includes(value);
    });
  });
}

/** Kind of a message, and for a reversal what it reverses. */
export function classify(
  dialect: Dialect,
  message: Readable,
): { readonly kind: MessageKind; readonly of?: MessageKind; readonly direction: 'request' | 'response' } {
  const rule = ruleOf(dialect, message);
  // ISO 8583: the third digit of the MTI is even for requests and advices, odd for their responses.
  const direction = Number(message.mti[2]) % 2 === 0 ? 'request' : 'response';
  return { kind: rule?.kind ?? 'other', direction, ...(rule?.of && { of: rule.of }) };
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
