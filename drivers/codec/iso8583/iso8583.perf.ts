import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type Figure, rates, report } from '../../../rig/house/measure.ts';
import { loadDialect } from '../../host/dialect.ts';
import { decodeMessage, encodeMessage, type Message } from './index.ts';

/**
 * The codec beside npm `iso_8583`, and in its own numbers: an 18-field authorisation, and a UnionPay sale with EMV data and
 * composite fields. All in one process, so that no dialect runs on code tuned for it alone.
 */
const FIELDS = {
  '2': '6299990000000000012',
  '3': '000000',
  '4': '000000012850',
  '7': '0911131411',
  '11': '000001',
  '12': '131411',
  '13': '0911',
  '14': '3012',
  '18': '5411',
  '22': '051',
  '25': '00',
  '32': '423935',
  '35': '6299990000000000012=30122011758',
  '37': '123456789012',
  '41': '12345678',
  '42': '123456789012345',
  '49': '156',
  '52': '7434F67813BAE545',
};
const sale: Message = {
  mti: '0200',
  tpdu: '6000030000',
  header: '602200000000',
  fields: {
    '2': '6299990000000000012',
    '3': '000000',
    '4': '000000012850',
    '11': '000001',
    '14': '3012',
    '22': '051',
    '23': '001',
    '25': '00',
    '26': '06',
    '35': '6299990000000000012=30122010000000000',
    '41': '30001001',
    '42': '898411341310014',
    '49': '156',
    '52': '0B1099C8B3051753',
    '53': '2600000000000000',
    '55':
      '9F260801020304050607089F2701809F101307010103A00000010A010000000000A1B2C3D49F37041A2B3C4D' +
      '9F36020001950500000400009A032611229C01009F02060000000128505F2A02015682027C009F1A0201569F03060000000000009F3303E0E1C8',
    '60': '22000001000601',
    '64': '3934453436364645',
  },
};

/** What is used of the other package. */
interface Peer {
  new (
    data?: Record<string, string>,
  ): {
    getBufferMessage(): Buffer;
    getIsoJSON(message: Buffer): Record<string, string>;
  };
}
const Iso8583 = createRequire(import.meta.url)('iso_8583') as Peer;
const peerData = { '0': '0200', ...FIELDS };
const peerFrame = new Iso8583(peerData).getBufferMessage();
assert.equal(
  new Iso8583().getIsoJSON(peerFrame)['4'],
  FIELDS['4'],
  'the other package reads its own message',
);

const ascii = loadDialect('iso8583-1987-ascii');
const packed = loadDialect('iso8583-1987-packed');
const unionpay = loadDialect('unionpay-pos');
const message: Message = { mti: '0200', fields: FIELDS };

const frames = [
  encodeMessage(ascii, message),
  encodeMessage(packed, message),
  encodeMessage(unionpay, sale),
] as const;

const found = rates({
  peerDecode: () => new Iso8583().getIsoJSON(peerFrame)['4'],
  asciiDecode: () => decodeMessage(ascii, frames[0]).fields['4'],
  packedDecode: () => decodeMessage(packed, frames[1]).fields['4'],
  unionpayDecode: () => decodeMessage(unionpay, frames[2]).fields['4'],
  peerEncode: () => new Iso8583(peerData).getBufferMessage().length,
  asciiEncode: () => encodeMessage(ascii, message).length,
  packedEncode: () => encodeMessage(packed, message).length,
  unionpayEncode: () => encodeMessage(unionpay, sale).length,
});

const against = (name: string, value: number, peer: number, atLeast: number): Figure => ({
  name,
  value,
  unit: 'messages/s',
  beside: { name: 'iso_8583', value: peer },
  atLeast,
});
report([
  against('decode, 1987 ASCII, 18 fields', found.asciiDecode, found.peerDecode, 5),
  against('decode, 1987 packed, 18 fields', found.packedDecode, found.peerDecode, 5),
  against('encode, 1987 ASCII, 18 fields', found.asciiEncode, found.peerEncode, 15),
  against('encode, 1987 packed, 18 fields', found.packedEncode, found.peerEncode, 15),
  { name: 'decode, UnionPay sale with chip data', value: found.unionpayDecode, unit: 'messages/s' },
  { name: 'encode, UnionPay sale with chip data', value: found.unionpayEncode, unit: 'messages/s' },
]);
