/**
 * ISO 8583 by dialect: pure functions over bytes, no I/O, no clock. A dialect is data (`Dialect`, see dialect.ts);
 * `loadDialect('unionpay-pos')` in drivers/host/dialect.ts reads the shipped ones.
 *
 * A *frame* is everything that stands on the wire for one message, length header included. Frames go in and come out of
 * every function here unless `{ length: false }` says that the length header is not there.
 *
 * ```ts
 * const frame = encodeMessage(dialect, {                 // Uint8Array, ready to be written to the socket
 *   mti: '0200', tpdu: '6000030000', header: '602200000000',
 *   fields: { '3': '000000', '4': '000000012850', '11': '000001', '60.1': '22', '60.2': '000001', '60.3': '000', … },
 * }, { mak });                                           // sets bit 64 and appends the MAC
 * const deframer = new Deframer(dialect);                // one for each connection and direction
 * for (const frame of deframer.push(chunk)) {            // split and coalesced bytes; never throws; see `damage`
 *   const message = decodeMessage(dialect, frame);       // throws RigError CODEC_FRAME / CODEC_FIELD only
 *   message.fields['39']; message.fields['60.2'];        // clear text; parts of composite fields by dotted number
 *   verifyMac(dialect, frame, mak);                      // 'ok' | 'wrong' | 'absent'
 *   toDialogueMessage(dialect, message);                 // kind, STAN, amount …; fields masked unless { clear: true }
 * }
 * ```
 *
 * Values are strings: digits for numeric fields, text for character fields (GB18030 where the dialect says so), upper
 * case hex for binary fields (F52, F55, F62, F64); encoding also takes bytes. Track 2 has `=` as separator. Fixed
 * fields must be given in full length: nothing is padded silently.
 */
export {
  asAnswerTo,
  classify,
  type Meaning,
  type MessageRule,
  ruleOf,
  toDialogueMessage,
} from './classify.ts';
export {
  type CryptogramScheme,
  type CryptogramVersion,
  cardKey,
  cryptogramScheme,
  cryptogramVersion,
  type EmvData,
  emvData,
  sessionKey,
  verifyCryptogram,
} from './cryptogram.ts';
export { decodeMessage } from './decode.ts';
export type { DecodedField, DecodedMessage, DecodeOptions, Remark } from './decoded.ts';
export { Deframer } from './deframer.ts';
export { Dialect, type Encoding, encodingOf, type FieldDefinition } from './dialect.ts';
export { EMV_TAGS } from './emv-tags.ts';
export { type EncodeOptions, encodeMessage, type Message } from './encode.ts';
export { cardKeyUnder, IssuerKey, type KeyedCard } from './issuer-key.ts';
export {
  kcv,
  packWorkingKeys,
  type SignOnForm,
  unpackWorkingKeys,
  unwrapKey,
  type WorkingKeys,
  wrapKey,
} from './keys.ts';
export { type MacAlgorithm, macBy, macOf, macOfData, verifyMac } from './mac.ts';
export { maskedFields } from './mask.ts';
export { measure } from './measure.ts';
export { OpenRequests } from './open-requests.ts';
export { announcedSize, kindsOfMti, peekMti } from './peek.ts';
export {
  decryptPin,
  encryptPin,
  type PinBlockFormat,
  type PinFormat,
  pinBlock,
  pinFormat,
  pinOf,
} from './pin-block.ts';
export {
  type BatchDetail,
  packDetails,
  packTotals,
  type TotalsResult,
  unpackDetails,
  unpackTotals,
} from './settlement-data.ts';
export { decodeTlv, encodeTlv, type Tlv } from './tlv.ts';
export { decryptTrack, encryptTrack } from './track.ts';
