import type { TestCard } from '../../../rig/model/card.ts';
import { cardKeyUnder, cryptogramScheme, type EmvData, type IssuerKey } from '../../codec/iso8583/index.ts';

/** What a GENERATE AC command can ask for and come back with (EMV Book 3, 6.5.5). */
export type CryptogramType = 'TC' | 'ARQC' | 'AAC';

/** What the terminal hands over with GENERATE AC: the data objects of CDOL1 by tag, hex. */
export type TerminalData = Readonly<
  Record<'9F02' | '9F03' | '9F1A' | '95' | '5F2A' | '9A' | '9C' | '9F37', string>
>;

/** What the chip answers to GENERATE AC, by tag, hex: 9F27, 9F36, 9F26, 9F10, and its profile 82. */
export type ChipAnswer = Readonly<Record<'9F27' | '9F36' | '9F26' | '9F10' | '82', string>>;

/** How the issuer's answer fared with the chip. */
export type IssuerAuthentication = 'ok' | 'failed' | 'not-performed';

/** The chip of a synthetic card, as the contacts of a reader reach it. */
export interface Chip {
  /** First GENERATE AC: a transaction begins, its counter goes up by one. */
  begin(asked: CryptogramType, data: TerminalData): ChipAnswer;
  /**
   * EXTERNAL AUTHENTICATE and second GENERATE AC. `issuerData`: tag 91, hex, if the host sent any; `code`: 8A, two
   * characters. The chip gives the TC that it is asked for unless the issuer's answer is wrong.
   */
  end(
    asked: 'TC' | 'AAC',
    data: TerminalData,
    issuer: { readonly issuerData?: string | undefined; readonly code: string },
  ): {
    readonly type: 'TC' | 'AAC';
    readonly authentication: IssuerAuthentication;
    readonly answer: ChipAnswer;
  };
}

/** Cryptogram information data. */
const CID = { AAC: '00', TC: '40', ARQC: '80' } as const;

/**
 * Card verification results: length 3, then what came of second (bits 8-7) and first (6-5) GENERATE AC, and that issuer
 * authentication failed (4). Types as in the CID; 10 in the place of the second: not asked for.
 */
function verificationResults(first: CryptogramType, second: 'TC' | 'AAC' | 'none', failed: boolean): string {
  const bits = { AAC: 0, TC: 1, ARQC: 2, none: 2 } as const;
  const byte = (bits[second] << 6) | (bits[first] << 4) | (failed ? 8 : 0);
  return `03${byte.toString(16).toUpperCase().padStart(2, '0')}0000`;
}

/** Issuer application data: length, key index 1, cryptogram version, card verification results. */
const issuerApplicationData = (version: 10 | 18, results: string): string =>
  `0601${version.toString(16).toUpperCase().padStart(2, '0')}${results}`;

/** Static and dynamic authentication, cardholder verification, risk management, issuer authentication. */
const PROFILE = '7C00';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

/** Counters of transactions (9F36) of all chips; they outlive the power of whatever reads them. */
export interface Counters {
  /** The next one of a card, 1 to 65535. */
  next(cardId: string): number;
}

/** A chip with the key that its issuer put into it; undefined when no issuer key is there for the card. */
export function makeChip(
  card: TestCard,
  issuers: readonly IssuerKey[],
  counters: Counters,
): Chip | undefined {
  const key = cardKeyUnder(issuers, card);
  if (!key) return undefined;
  const { cvn } = card;
  const scheme = cryptogramScheme(cvn);
  let counter = '0000';
  let first: CryptogramType = 'AAC';
  let request: EmvData = {};

  const answer = (type: CryptogramType, data: TerminalData, results: string): ChipAnswer => {
    const own = { '9F36': counter, '9F10': issuerApplicationData(cvn, results), '82': PROFILE };
    return { ...own, '9F26': hex(scheme.cryptogram(key, { ...data, ...own })), '9F27': CID[type] };
  };

  /** Computes what the issuer must have sent for this request, and compares. */
  const authentic = (issuerData: string, code: string): boolean => {
    // Version 18 brings its own verdict behind the MAC: what it says is authenticated with it.
    const update = cvn === 18 ? Buffer.from(issuerData.slice(8), 'hex') : undefined;
    if (update && update.length !== 4) return false;
    return hex(scheme.authentication(key, request, code, update)) === issuerData.toUpperCase();
  };

  return {
    begin: (asked, data) => {
      counter = counters.next(card.id).toString(16).toUpperCase().padStart(4, '0');
      first = asked;
      const given = answer(asked, data, verificationResults(asked, 'none', false));
      request = { ...data, ...given };
      return given;
    },
    end: (asked, data, { issuerData, code }) => {
      const authentication =
        issuerData === undefined ? 'not-performed' : authentic(issuerData, code) ? 'ok' : 'failed';
      const failed = authentication === 'failed';
      const type = failed ? 'AAC' : asked;
      return { type, authentication, answer: answer(type, data, verificationResults(first, type, failed)) };
    },
  };
}
