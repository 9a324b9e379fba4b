/**
 * Named rules for how much of a card number may be legible on paper. PCI DSS v4.0.1 3.4.1 allows the BIN and the last
 * four; PCI SSC FAQ 1091 names the truncations by BIN length; US FACTA allows the last five on the customer's copy and no
 * more. The strictest is `last4`.
 */
export const MASK_POLICIES = {
  last4: { first: 0, last: 4 },
  last5: { first: 0, last: 5 },
  first6last4: { first: 6, last: 4 },
  bin8last4: { first: 8, last: 4 },
} as const satisfies Readonly<Record<string, { readonly first: number; readonly last: number }>>;

export type MaskPolicyName = keyof typeof MASK_POLICIES;
export const MASK_POLICY_NAMES = Object.keys(MASK_POLICIES) as MaskPolicyName[];
export const STRICTEST_MASK: MaskPolicyName = 'last4';

/** `at most the last four digits`, for verdicts. */
export function describePolicy(name: MaskPolicyName): string {
  const { first, last } = MASK_POLICIES[name];
  return `at most ${first > 0 ? `the first ${first} and ` : ''}the last ${last} digits of the card number (${name})`;
}

/** Which digits of a card number a printed text shows. */
export interface LegibleDigits {
  /** Digits before anything is hidden, and behind it; all of them in `last` when nothing is hidden. */
  readonly first: string;
  readonly last: string;
  /** Digits that stand alone between hidden ones. */
  readonly middle: string;
  readonly hides: boolean;
}

/** What stands behind a number on slips: an entry letter, a remark in brackets. */
const REMARK = /\s*(?:[([（][^)\]）]{0,20}[)\]）]|\/?\s*[A-Z])\s*$/iu;
const GAP = /[\s\-\u2010-\u2015.·]/u;
/** Signs that people print for a digit that is not shown. */
const HIDDEN = /[*\uff0a\u2217xX#•●∙·…?_\u25a0\u25cf]/u;

/** Reads a masked card number as printed; full-width digits are digits. Undefined for a text that is none. */
export function legibleDigits(printed: string): LegibleDigits | undefined {
  const plain = printed.normalize('NFKC').trim().replace(REMARK, '').trim();
  // Three dots in a row hide something; one between groups does not.
  const text = plain.replace(/\.{2,}/g, '*');
  const parts: string[] = [''];
  let hides = false;
  for (const char of text) {
    if (/\d/.test(char)) parts[parts.length - 1] += char;
    else if (HIDDEN.test(char)) {
      hides = true;
      if (parts.at(-1) !== '' || parts.length === 1) parts.push('');
    } else if (!GAP.test(char)) return undefined;
  }
  if (!hides) return { first: '', last: parts.join(''), middle: '', hides };
  const [first = '', ...rest] = parts;
  return { first, last: rest.at(-1) ?? '', middle: rest.slice(0, -1).join(''), hides };
}

/** True when the text shows no more than the policy allows. */
export function fitsPolicy(printed: string, policy: MaskPolicyName): boolean {
  const digits = legibleDigits(printed);
  if (!digits) return false;
  const { first, last } = MASK_POLICIES[policy];
  return digits.middle === '' && digits.first.length <= first && digits.last.length <= last && printed !== '';
}

/** True when what is legible is what stands on the card. */
export function fitsCard(printed: string, pan: string): boolean {
  const digits = legibleDigits(printed);
  return (
    digits !== undefined &&
    digits.first + digits.last !== '' &&
    pan.startsWith(digits.first) &&
    pan.endsWith(digits.last) &&
    (digits.middle === '' || pan.includes(digits.middle))
  );
}
