import type { TestCard } from '../../../rig/model/card.ts';

/**
 * Payment codes that a customer shows, as EMVCo lays them down (EMV QRCPS, Consumer-Presented Mode 1.1): BER-TLV in base64,
 * payload format indicator 85 = CPV01, then an application template 61 with application 4F, track 2 equivalent data 57, card
 * number 5A and sequence number 5F34.
 */

/** What a terminal reads from such a code. */
export type CodeData = Pick<TestCard, 'pan' | 'expiry' | 'sequence' | 'service-code'>;

const FORMAT = 'CPV01';
/** UnionPay debit. */
const APPLICATION = 'A000000333010101';
/** Longest code that is looked at, characters. */
const LONGEST = 2000;

/** Digits in a whole number of bytes, filled up with F. */
const packed = (digits: string): string => (digits.length % 2 === 0 ? digits : `${digits}F`);

function object(tag: string, hex: string): string {
  const length = hex.length / 2;
  const head = length < 0x80 ? '' : '81';
  return `${tag}${head}${length.toString(16).padStart(2, '0')}${hex}`;
}

/** The code of a card, as a wallet on a phone shows it. */
export function paymentCode({ pan, expiry, sequence, 'service-code': service }: CodeData): string {
  const application =
    object('4F', APPLICATION) +
    object('57', packed(`${pan}D${expiry}${service}`)) +
    object('5A', packed(pan)) +
    object('5F34', sequence.padStart(2, '0').slice(-2));
  const payload = object('85', Buffer.from(FORMAT, 'latin1').toString('hex')) + object('61', application);
  return Buffer.from(payload, 'hex').toString('base64');
}

/** What a code says; undefined when it is no payment code of this kind. Never throws. */
export function readPaymentCode(text: string): CodeData | undefined {
  if (text.length > LONGEST || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const root = objectsIn(Buffer.from(text, 'base64'));
  if (root?.get('85')?.toString('latin1') !== FORMAT) return undefined;
  const template = root.get('61');
  const application = template && objectsIn(template);
  const track = application?.get('57')?.toString('hex') ?? '';
  const [, pan, expiry, service] = /^(\d{12,19})d(\d{4})(\d{3})\d*f?$/.exec(track) ?? [];
  if (pan === undefined || expiry === undefined || service === undefined) return undefined;
  const number = application?.get('5A')?.toString('hex').replace(/f$/, '');
  if (number !== undefined && number !== pan) return undefined;
  const sequence = application?.get('5F34')?.toString('hex') ?? '1';
  return { pan, expiry, sequence: String(Number(sequence)), 'service-code': service };
}

/** Data objects of one level by tag; undefined when the bytes are no BER-TLV. */
function objectsIn(bytes: Buffer): Map<string, Buffer> | undefined {
  const found = new Map<string, Buffer>();
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at++] ?? 0;
    let tag = first.toString(16).padStart(2, '0');
    // A tag of two bytes; longer ones do not stand here.
    if ((first & 0x1f) === 0x1f) tag += (bytes[at++] ?? 0).toString(16).padStart(2, '0');
    let length = bytes[at++];
    if (length === 0x81) length = bytes[at++];
    if (length === undefined || (length >= 0x80 && bytes[at - 2] !== 0x81) || at + length > bytes.length)
      return undefined;
    found.set(tag.toUpperCase(), bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}
