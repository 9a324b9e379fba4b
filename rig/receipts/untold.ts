import type { CapturedSlip } from '../bench/planes.ts';

/** Fields whose values may be words in any script; all others are digits and Latin letters on every slip. */
const WORDED: ReadonlySet<string> = new Set([
  ...['merchant-name', 'type', 'issuer', 'acquirer', 'operator', 'app-label', 'preferred-name'],
]);

const BEYOND_LATIN = /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/gu;

/** What a slip that is not as it should be was to show. */
interface Wanted {
  /** Fields that are not as they should be. */
  readonly fields?: readonly string[];
  /** Texts that were looked for, also as patterns. */
  readonly texts?: readonly string[];
}

/**
 * Why a slip does not show what the terminal may well have sent: it came over a link that carries Latin letters alone, and what
 * was looked for is, or may be, in others. Undefined: what is not there was not sent.
 */
export function untold({ receipt }: CapturedSlip, { fields = [], texts = [] }: Wanted): string | undefined {
  if (receipt.letters !== 'latin') return undefined;
  const beyond = [...new Set(texts.join('').match(BEYOND_LATIN) ?? [])].slice(0, 12).join('');
  if (beyond !== '') return `the till link carries Latin letters alone, none of ${beyond}`;
  const words = fields.length > 0 && fields.every((field) => WORDED.has(field));
  return words
    ? `the till link carries Latin letters alone, and ${fields.join(' and ')} may be in others`
    : undefined;
}
