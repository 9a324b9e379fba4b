import type { DialogueMessage } from '../../../rig/model/message.ts';
import { type Meaning, ruleOf } from './classify.ts';
import { decodeMessage } from './decode.ts';
import type { Dialect } from './dialect.ts';
import { lookup } from './layout.ts';

/** How many requests of a connection are remembered; a line that many terminals share has a few dozen under way. */
const REMEMBERED = 64;

/** A request as far as its answer is told by it. */
export type OpenRequest = Pick<DialogueMessage, 'kind' | 'of' | 'mti' | 'stan' | 'terminal'>;

/**
 * The latest requests of one connection, so that a response which repeats little of its request is known by it. A response
 * belongs to the latest request with its STAN, of its terminal where both name one, that a message of its type answers;
 * one without a STAN belongs to the latest request that it can answer.
 */
export class OpenRequests {
  readonly #dialect: Dialect;
  /** A frame that nobody has read yet is read when an answer is looked for. */
  readonly #row: (OpenRequest | Uint8Array | undefined)[] = [];
  #next = 0;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** @param request a request, or its frame, the bytes of which stay as they are */
  add(request: OpenRequest | Uint8Array): void {
    this.#row[this.#next] = request;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** The request that a response answers; undefined when none of those remembered can be it. */
  answeredBy({ mti, stan, terminal }: Omit<OpenRequest, keyof Meaning>): OpenRequest | undefined {
    for (let back = 1; back <= this.#row.length; back++) {
      const asked = this.#at((this.#next - back + REMEMBERED) % REMEMBERED);
      if (!asked || !this.#answers(mti, asked.mti)) continue;
      if (stan !== undefined && stan !== asked.stan) continue;
      if (terminal !== undefined && asked.terminal !== undefined && terminal !== asked.terminal) continue;
      return asked;
    }
    return undefined;
  }

  #at(place: number): OpenRequest | undefined {
    const entry = this.#row[place];
    if (!(entry instanceof Uint8Array)) return entry;
    const read = this.#read(entry);
    this.#row[place] = read;
    return read;
  }

  #read(frame: Uint8Array): OpenRequest | undefined {
    try {
      const { mti, fields } = decodeMessage(this.#dialect, frame);
      const rule = ruleOf(this.#dialect, { mti, fields });
      const { stan, terminal } = this.#dialect.dialogue;
      return {
        kind: rule?.kind ?? 'other',
        ...(rule?.of && { of: rule.of }),
        mti,
        ...named('stan', lookup(this.#dialect, fields, stan)),
        ...named('terminal', lookup(this.#dialect, fields, terminal)),
      };
    } catch {
      // What does not decode is reported by whoever writes it down; here it only answers for nothing.
      return undefined;
    }
  }

  /** A response follows its request in the third digit of the MTI (ISO 8583), unless the dialect says otherwise. */
  #answers(mti: string, asked: string): boolean {
    const rules = this.#dialect.messages.filter(({ request }) => request === asked);
    if (rules.length > 0) return rules.some(({ response }) => response === mti);
    return mti.slice(0, 2) === asked.slice(0, 2) && Number(mti[2]) === Number(asked[2]) + 1;
  }
}

const named = <K extends string>(key: K, value: string | undefined) =>
  (value === undefined ? {} : { [key]: value.trim() }) as { readonly [P in K]?: string };
