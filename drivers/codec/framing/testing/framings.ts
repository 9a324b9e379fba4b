import { bareApdu } from '../bare-apdu.ts';
import { dleCrc } from '../dle-crc.ts';
import { lengthPrefix } from '../length-prefix.ts';
import { markedLength } from '../marked-length.ts';
import type { Framing } from '../scanner.ts';
import { stxEtxLrc } from '../stx-etx-lrc.ts';
import { textTlv, writeTextFields } from '../text-tlv.ts';

/** A framing with a way to make a good frame of any bytes. */
export interface Sample {
  readonly framing: Framing;
  /** A frame, and what is expected as its payload. */
  make(bytes: Uint8Array): { readonly wire: Uint8Array; readonly payload: Uint8Array };
  /** It has marks to recognise a beginning by; else only `flush` brings it back after garbage. */
  readonly marked: boolean;
  /** Default true: a changed byte shows. */
  readonly checked?: boolean;
}

const asText = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => 0x20 + (byte % 0x5f));

const text = (framing: ReturnType<typeof stxEtxLrc>): Sample => ({
  framing,
  make: (bytes) => {
    const payload = asText(bytes);
    return { wire: framing.frame(payload), payload };
  },
  marked: true,
});

const dle = dleCrc(1200);
const apdu = bareApdu({ longestData: 600, known: (cla) => cla === 0x06 });
const big = lengthPrefix({ form: 'big-endian', bytes: 2, longest: 600 });
const ascii = lengthPrefix({ form: 'ascii', bytes: 4, longest: 600, inclusive: true });

/** Every framing of the house, in each variant that differs. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  'dle-crc': {
    framing: dle,
    make: (payload) => ({ wire: dle.frame(payload), payload }),
    marked: true,
  },
  'bare-apdu': {
    framing: apdu,
    make: (data) => {
      const length = data.length < 0xff ? [data.length] : [0xff, data.length & 0xff, data.length >> 8];
      const wire = Uint8Array.from([0x06, 0x01, ...length, ...data]);
      return { wire, payload: wire };
    },
    marked: false,
  },
  'lrc text+etx': text(stxEtxLrc({ over: 'text+etx', controls: ['ACK', 'NAK', 'ENQ', 'EOT'] })),
  'lrc text': text(stxEtxLrc({ over: 'text', base: 0x7f, progress: true })),
  'lrc stx+text': text(stxEtxLrc({ over: 'stx+text', base: 0x7f, progress: true })),
  'lrc stx+text+etx': text(stxEtxLrc({ over: 'stx+text+etx', base: 0x7f, progress: true })),
  'lrc long controls': text(
    stxEtxLrc({ over: 'stx+text+etx', base: 0x7f, progress: true, longControls: true }),
  ),
  '55aa-cc33': {
    framing: markedLength,
    make: (data) => ({ wire: markedLength.frame({ kind: 1, ack: 0, id: 7, data }), payload: data }),
    marked: true,
  },
  'length big-endian': {
    framing: big,
    make: (bytes) => {
      const payload = Uint8Array.from([1, ...bytes]);
      return { wire: big.frame(payload), payload };
    },
    marked: false,
  },
  'length ascii inclusive': {
    framing: ascii,
    make: (bytes) => {
      const payload = Uint8Array.from([1, ...bytes]);
      return { wire: ascii.frame(payload), payload };
    },
    marked: false,
  },
  'text-tlv': {
    framing: textTlv(1200),
    make: (bytes) => {
      const value = Buffer.from(asText(bytes)).toString('latin1').replaceAll('C', 'c');
      const payload = writeTextFields([
        { tag: 'CZ', value: '0300' },
        { tag: 'CJ', value },
      ]);
      return { wire: payload, payload };
    },
    marked: true,
    checked: false,
  },
};
