import { luhnValid, maskPan } from '../../../rig/model/card.ts';
import type { MessageField } from '../../../rig/model/message.ts';
import type { DecodedField, DecodedMessage } from './decoded.ts';
import type { Sensitivity } from './dialect.ts';

/**
 * Fields for people: without card data unless `clear`. Masked are fields, parts and tags that the dialect calls
 * sensitive, inside their whole as well, and every other place where the message's own card numbers, or digits that
 * look like one, stand in clear or packed.
 */
export function maskedFields(
  message: DecodedMessage,
  options: { readonly clear?: boolean } = {},
): MessageField[] {
  const secrets = options.clear ? [] : secretsOf(message);
  return message.layout.map((field) => {
    const { id, name, value, offset, length, sensitive, free } = field;
    const shown = options.clear
      ? value
      : sensitive
        ? masked(value, sensitive)
        : scrubbed(value, secrets, free === true);
    const meaning = field.values?.[value.trim()]?.en;
    return { id, name: name.en, value: shown, offset, length, ...(meaning && { meaning }) };
  });
}

function masked(value: string, sensitive: Sensitivity): string {
  if (sensitive === 'pan') {
    const digits = value.replace(/^0+/, '').replace(/F$/, '');
    return value.replace(digits, maskPan(digits));
  }
  return '*'.repeat(value.length);
}

/** Sensitive values of a message with what replaces them wherever else they stand. */
function secretsOf({ layout }: DecodedMessage): [secret: string, shown: string][] {
  const secrets: [string, string][] = [];
  for (const { value, sensitive } of layout as readonly DecodedField[]) {
    if (!sensitive) continue;
    const plain = sensitive === 'pan' ? value.replace(/^0+/, '').replace(/F$/, '') : value;
    if (plain.length >= 8) secrets.push([plain, masked(plain, sensitive)]);
    const pan = sensitive === 'track' ? /^(\d{12,19})[=D]/.exec(value)?.[1] : undefined;
    if (pan) secrets.push([pan, maskPan(pan)]);
  }
  return secrets.sort(([a], [b]) => b.length - a.length);
}

function scrubbed(value: string, secrets: readonly [string, string][], free: boolean): string {
  let shown = value;
  for (const [secret, replacement] of secrets) {
    shown = shown.replaceAll(secret, replacement);
    const inHex = Buffer.from(secret, 'latin1').toString('hex').toUpperCase();
    shown = shown.replaceAll(inHex, '*'.repeat(inHex.length));
  }
  if (!free) return shown;
  // Free text may hold anybody's card number: 13 to 19 digits with a right check digit and a card's first digit.
  return shown.replace(/(?<!\d)[2-6]\d{12,18}(?!\d)/g, (digits) =>
    luhnValid(digits) ? maskPan(digits) : digits,
  );
}
