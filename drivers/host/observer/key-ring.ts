import type { TestCard } from '../../../rig/model/card.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import {
  classify,
  type DecodedMessage,
  type Dialect,
  emvData,
  unpackWorkingKeys,
  verifyMac,
  type WorkingKeys,
} from '../../codec/iso8583/index.ts';
import { contradiction } from '../agreements.ts';
import { CardIssuers } from '../card-issuers.ts';
import type { TerminalKeys } from '../keys.ts';
import { seenByIssuer } from '../simulator/kinds.ts';
import { pinCheck } from '../simulator/request.ts';
import { isForeign, panOf, trackCheck, tracksOf } from '../tracks.ts';

/** `unchecked`: nobody here has the key, or the card is none of ours. */
export type Check = 'ok' | 'wrong' | 'absent' | 'malformed' | 'unchecked' | 'foreign';

/** Of each thing that was checked, by name; `form`: how a request contradicts itself, in words. */
export type Checks = Record<string, Check | (string & {})>;

/**
 * The keys that the observer holds: master keys from the lab's key file, working keys as sign-on answers bring them. It
 * checks what passes on its clear bytes and gives words; no key leaves it.
 */
export class KeyRing {
  readonly #dialect: Dialect;
  readonly #cards: ReadonlyMap<string, TestCard>;
  readonly #keys: TerminalKeys | undefined;
  readonly #issuers: CardIssuers;
  /** By terminal; undefined: a sign-on brought keys that are not under its TMK. */
  readonly #working = new Map<string, WorkingKeys | undefined>();

  constructor(dialect: Dialect, cards: readonly TestCard[], keys: TerminalKeys | undefined) {
    this.#dialect = dialect;
    this.#cards = new Map(cards.map((card) => [card.pan, card]));
    this.#keys = keys;
    this.#issuers = new CardIssuers(keys?.issuers ?? []);
  }

  /** MAC, PIN block, encrypted track and, of a request to the issuer, cryptogram of a message. `mayHaveMac`: its kind calls for one, so that its absence is worth a word. */
  check(message: DecodedMessage, terminal: string, mayHaveMac: boolean): Checks {
    const working = this.#workingOf(terminal);
    const { mac } = this.#dialect;
    const carriesMac =
      mac !== undefined &&
      [mac.field, mac['second-field']].some((id) => id !== undefined && message.fields[id] !== undefined);
    const checks: Checks = {};
    if (mac && (carriesMac || mayHaveMac)) {
      checks['mac'] = !carriesMac
        ? 'absent'
        : working
          ? verifyMac(this.#dialect, message.bytes, working.mak)
          : 'unchecked';
    }
    const block = message.fields['52'];
    const tracks = tracksOf(this.#dialect, message.fields, working?.tdk);
    const pan = panOf(message.fields, tracks);
    const card = this.#cards.get(pan);
    if (isForeign(pan, card)) checks['card'] = 'foreign';
    if (block !== undefined) {
      checks['pin'] = working ? pinCheck(this.#dialect, message.fields, card, working.pik) : 'unchecked';
    }
    const track = trackCheck(message.fields, tracks, card);
    if (track !== 'absent' && track !== 'clear') checks['track'] = track;
    const { kind, direction } = classify(this.#dialect, message);
    const cryptogram =
      direction === 'request' && seenByIssuer(kind)
        ? this.#issuers.check(card, emvData(message.fields))
        : 'absent';
    if (cryptogram !== 'absent') checks['cryptogram'] = cryptogram;
    const nii = this.#keys?.networks?.get(terminal);
    const form =
      direction === 'request' ? contradiction(this.#dialect, message, { card, tracks, nii }) : undefined;
    if (form !== undefined) checks['form'] = form;
    return checks;
  }

  /** Card number of a message, of an encrypted track, too, when its key is known; empty when there is none. */
  panOf({ fields }: DecodedMessage, terminal: string): string {
    return panOf(fields, tracksOf(this.#dialect, fields, this.#workingOf(terminal)?.tdk));
  }

  #workingOf(terminal: string): WorkingKeys | undefined {
    return this.#working.has(terminal) ? this.#working.get(terminal) : this.#given(terminal);
  }

  /**
   * Learns the working keys of a terminal from the answer to its sign-on (F62 under the TMK). `absent`: it brings none;
   * `unchecked`: no TMK of this terminal is known; `wrong`: they do not fit it, and what they check is unchecked.
   */
  learn(message: DecodedMessage, terminal: string): Check {
    const wrapped = message.fields['62'];
    if (wrapped === undefined || !/^([0-9A-F]{2})+$/i.test(wrapped)) return 'absent';
    const master = this.#keys?.masters.get(terminal);
    if (!master) return 'unchecked';
    try {
      this.#working.set(terminal, unpackWorkingKeys(master, Buffer.from(wrapped, 'hex')));
      return 'ok';
    } catch (thrown) {
      if (!isRigError(thrown)) throw thrown;
      this.#working.set(terminal, undefined);
      return 'wrong';
    }
  }

  /** Working keys that stand in the key file, for a terminal that is in it. */
  #given(terminal: string): WorkingKeys | undefined {
    return this.#keys?.masters.has(terminal) ? this.#keys.working : undefined;
  }
}
