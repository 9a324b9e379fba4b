import type { TestCard } from '../../../rig/model/card.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import {
  type DecodedMessage,
  type Dialect,
  unpackWorkingKeys,
  verifyMac,
} from '../../codec/iso8583/index.ts';
import type { TerminalKeys } from '../keys.ts';
import { panOf, pinCheck } from '../simulator/request.ts';

/** `unchecked`: nobody here has the key, or the card is none of ours. */
export type Check = 'ok' | 'wrong' | 'absent' | 'malformed' | 'unchecked';

interface Working {
  readonly pik: Uint8Array;
  readonly mak: Uint8Array;
}

/**
 * The keys that the observer holds: master keys from the lab's key file, working keys as sign-on answers bring them. It
 * checks what passes on its clear bytes and gives words; no key leaves it.
 */
export class KeyRing {
  readonly #dialect: Dialect;
  readonly #cards: ReadonlyMap<string, TestCard>;
  readonly #keys: TerminalKeys | undefined;
  /** By terminal; undefined: a sign-on brought keys that are not under its TMK. */
  readonly #working = new Map<string, Working | undefined>();

  constructor(dialect: Dialect, cards: readonly TestCard[], keys: TerminalKeys | undefined) {
    this.#dialect = dialect;
    this.#cards = new Map(cards.map((card) => [card.pan, card]));
    this.#keys = keys;
  }

  /** MAC and PIN block of a message. `mayHaveMac`: its kind calls for one, so that its absence is worth a word. */
  check(message: DecodedMessage, terminal: string, mayHaveMac: boolean): Record<string, Check> {
    const working = this.#working.has(terminal) ? this.#working.get(terminal) : this.#given(terminal);
    const { mac } = this.#dialect;
    const carriesMac =
      mac !== undefined &&
      [mac.field, mac['second-field']].some((id) => id !== undefined && message.fields[id] !== undefined);
    const checks: Record<string, Check> = {};
    if (mac && (carriesMac || mayHaveMac)) {
      checks['mac'] = !carriesMac
        ? 'absent'
        : working
          ? verifyMac(this.#dialect, message.bytes, working.mak)
          : 'unchecked';
    }
    const block = message.fields['52'];
    if (block !== undefined) checks['pin'] = this.#pin(message, working);
    return checks;
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
  #given(terminal: string): Working | undefined {
    return this.#keys?.masters.has(terminal) ? this.#keys.working : undefined;
  }

  #pin({ fields }: DecodedMessage, working: Working | undefined): Check {
    const card = this.#cards.get(panOf(fields));
    return working ? pinCheck(this.#dialect, fields, card, working.pik) : 'unchecked';
  }
}
