import { maskPan } from '../../../rig/model/card.ts';
import type { ReadField, ReadMessage } from '../../codec/ecr/message.ts';
import type { Code, Protocol, Words } from '../../codec/ecr/protocol.ts';

/** The text in a language, else in English. */
export const inWords = (words: Words | Code | undefined, language: string): string | undefined =>
  words && (words[language] ?? words['en']);

/** Languages that a protocol has texts in. */
export const languagesOf = ({ title, messages }: Protocol): readonly string[] => [
  ...new Set(
    [title, ...Object.values(messages).map((message) => message.title)].flatMap((words) =>
      Object.keys(words),
    ),
  ),
];

/** What a code of a table says, in words; undefined when the table does not have it. */
export function codeWords(
  protocol: Protocol,
  { field, text }: ReadField,
  language: string,
): string | undefined {
  const code = field.table === undefined ? undefined : protocol.tables[field.table]?.[text.trim()];
  return code && (inWords(code, language) ?? code.means);
}

/** What the terminal says on the way, as words. */
export function progressText(protocol: Protocol, message: ReadMessage, language: string): string {
  const told = message.fields.find(({ field: { holds } }) => holds === 'state' || holds === 'text');
  if (!told) return inWords(message.message.title, language) ?? message.name;
  return codeWords(protocol, told, language) ?? told.value ?? told.text.trim();
}

/** Why it ended as it did, as words: the code of the result, the reason, what the terminal says. */
export function reasonText(protocol: Protocol, message: ReadMessage, language: string): string {
  const parts = message.fields.flatMap((read) => {
    const { holds } = read.field;
    if (holds !== 'result' && holds !== 'reason' && holds !== 'text') return [];
    const words = holds === 'text' ? read.value : codeWords(protocol, read, language);
    return words === undefined || words === '' ? [] : [words];
  });
  return [...new Set(parts)].join(', ');
}

/** The value as people may see it: card numbers masked. */
export function shownText({ field, text }: ReadField, clear: boolean): string {
  const bare = text.trim();
  if (clear || field.holds !== 'pan') return bare;
  const digits = bare.replace(/^0+/, '');
  return /^\d{12,19}$/.test(digits) ? maskPan(digits) : bare;
}
