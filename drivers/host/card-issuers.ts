import type { CryptogramCheck } from '../../rig/bench/policy.ts';
import type { TestCard } from '../../rig/model/card.ts';
import { isRigError } from '../../rig/model/errors.ts';
import {
  cardKeyUnder,
  cryptogramScheme,
  cryptogramVersion,
  type EmvData,
  type IssuerKey,
  verifyCryptogram,
} from '../codec/iso8583/index.ts';

/** Cards whose keys are remembered; test card files are far shorter. */
const MOST_KEYS = 10_000;

/**
 * The issuers' side of chip transactions: proves application cryptograms of the test cards, and answers them. Card keys
 * follow from the issuers' master keys and never leave it.
 */
export class CardIssuers {
  readonly #masters: readonly IssuerKey[];
  readonly #keys = new Map<string, Uint8Array>();

  constructor(masters: readonly IssuerKey[]) {
    this.#masters = masters;
  }

  /** What the cryptogram (9F26) in field 55 is worth. `malformed`: it cannot be computed from what stands beside it. */
  check(card: TestCard | undefined, data: EmvData): CryptogramCheck {
    if (data['9F26'] === undefined) return 'absent';
    const key = card && this.#keyOf(card);
    if (!key) return 'unchecked';
    try {
      const verdict = verifyCryptogram(key, data);
      return verdict === 'unknown version' ? 'unchecked' : verdict;
    } catch (thrown) {
      if (isRigError(thrown)) return 'malformed';
      throw thrown;
    }
  }

  /**
   * Issuer authentication data (tag 91) for an ARQC that is right; `code`: F39 of the answer. Undefined for anything else
   * than a request to go online (9F27), and where the version is not known.
   */
  authentication(card: TestCard, data: EmvData, code: string): Uint8Array | undefined {
    const version = cryptogramVersion(data);
    const key = this.#keyOf(card);
    // EMV Book 3 table 14: the first two bits of the cryptogram information data, 10 = ARQC.
    const asksOnline = /^[89AB]/i.test(data['9F27'] ?? '');
    if (version === undefined || !key || !asksOnline || !/^[0-9A-Z]{2}$/.test(code)) return undefined;
    return cryptogramScheme(version).authentication(key, data, code);
  }

  #keyOf(card: TestCard): Uint8Array | undefined {
    const known = this.#keys.get(card.id);
    if (known) return known;
    const key = cardKeyUnder(this.#masters, card);
    if (key && this.#keys.size < MOST_KEYS) this.#keys.set(card.id, key);
    return key;
  }
}
