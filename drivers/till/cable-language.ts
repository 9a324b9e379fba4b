import { framingOf } from '../codec/ecr/framing.ts';
import { readMessage } from '../codec/ecr/message.ts';
import type { Protocol } from '../codec/ecr/protocol.ts';
import { bareApdu } from '../codec/framing/bare-apdu.ts';
import { dleCrc } from '../codec/framing/dle-crc.ts';
import { deframe, type Framing } from '../codec/framing/scanner.ts';
import { isControlField } from '../codec/zvt/catalogue.ts';

/**
 * Takes the next bytes of what the terminal says. When with them it has told how the order ended: where in these bytes the
 * telling ends, and all of its bytes.
 */
export type ResultEar = (chunk: Uint8Array) => { readonly end: number; readonly raw: Uint8Array } | undefined;

/** What a cable must understand of what is said on it, to have its faults at a result and at acknowledgements. */
export interface CableLanguage {
  /** How many of the first bytes are an acknowledgement; 0: none is. */
  acknowledgement(chunk: Uint8Array, serial: boolean): number;
  /** For one connection. Undefined where the protocol is not spoken. */
  ear(serial: boolean): ResultEar | undefined;
}

const ACK = 0x06;
/** What follows an ACK in the same breath: the beginning of a frame, or a character that stands for itself. */
const BEGINNINGS: ReadonlySet<number | undefined> = new Set([undefined, 0x01, 0x02, 0x04, 0x05, 0x10]);
const ackByte = (chunk: Uint8Array) => (chunk[0] === ACK && BEGINNINGS.has(chunk[1]) ? 1 : 0);

/** Status, completion or abort: the first of them tells how it ended. */
const ZVT_RESULTS: ReadonlySet<string> = new Set(['040f', '060f', '061e']);

/** ZVT: over TCP the answer 80 00 is all the acknowledgement there is. */
export const zvtLanguage: CableLanguage = {
  acknowledgement: (chunk, serial) => {
    if (serial) return ackByte(chunk);
    return chunk[0] === 0x80 && chunk[1] === 0 && chunk[2] === 0 ? 3 : 0;
  },
  ear: (serial) =>
    earFor(serial ? dleCrc() : bareApdu({ known: isControlField }), (payload) =>
      ZVT_RESULTS.has(Buffer.from(payload.subarray(0, 2)).toString('hex')),
    ),
};

const MONEY: ReadonlySet<string> = new Set(['sale', 'pre-auth', 'void', 'refund', 'settle']);

/** A protocol that a file describes: what answers a request that moves money, and is more than a promise. */
export function ecrLanguage(protocol: Protocol): CableLanguage {
  const { serial, tcp } = protocol.links;
  const telling = new Set(
    Object.values(protocol.exchanges)
      .filter(({ does }) => MONEY.has(does))
      .flatMap(({ reply, refusal }) => [reply, refusal]),
  );
  return {
    acknowledgement: ackByte,
    ear: (onSerial) => {
      const setup = onSerial ? serial : tcp;
      return (
        setup &&
        earFor(framingOf(setup.framing), (payload, form) => {
          const message = readMessage(protocol, payload, 'terminal', form === 'SOH' ? 'progress' : undefined);
          return message !== undefined && telling.has(message.name) && message.values.result !== 'accepted';
        })
      );
    },
  };
}

function earFor(
  framing: Framing,
  isResult: (payload: Uint8Array, form: string | undefined) => boolean,
): ResultEar {
  const deframer = deframe(framing);
  return (chunk) => {
    for (let at = 0; at < chunk.length; at++) {
      for (const item of deframer.push(chunk.subarray(at, at + 1)))
        if (item.type === 'frame' && isResult(item.payload, item.form)) return { end: at + 1, raw: item.raw };
    }
    // A message that only silence ends is taken for ended when it could be.
    if (!deframer.whole) return undefined;
    const told = deframer.flush().find((item) => item.type === 'frame' && isResult(item.payload, item.form));
    return told && { end: chunk.length, raw: told.raw };
  };
}
