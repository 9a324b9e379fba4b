/**
 * Payment codes that a terminal shows and the customer's phone reads, as EMVCo lays them down (EMV QRCPS, Merchant-Presented
 * Mode 1.1): objects of two digits id, two digits length in characters and value, one after the other; a checksum at the end.
 */

/** What such a code says. */
export interface MerchantCode {
  /** Object 15, UnionPay: acquirer and forwarding institution, eight characters each. */
  readonly acquirer: string;
  readonly forwarder: string;
  /** Fifteen characters, as in F42. */
  readonly merchant: string;
  /** Object 52, four digits (ISO 18245). */
  readonly category: string;
  /** Object 53, three digits (ISO 4217). */
  readonly currency: string;
  /** Object 54 as it stands there, in major units such as `36.80`; absent in a code in which the customer types it. */
  readonly amount?: string;
  /** Object 58, ISO 3166. */
  readonly country: string;
  /** Objects 59 and 60. */
  readonly name: string;
  readonly city: string;
  /** Object 62, 01: how the merchant knows the payment again. */
  readonly bill?: string;
  /** Object 62, 07. */
  readonly terminal?: string;
}

/** Longest code that is looked at, characters (QRCPS, 3.1). */
const LONGEST = 512;
const CRC_ID = '63';

const object = (id: string, value: string): string => {
  if (value.length === 0 || value.length > 99)
    throw new RangeError(`object ${id} has ${value.length} characters`);
  return id + String(value.length).padStart(2, '0') + value;
};

/** CRC-16 with polynomial 1021, initial value FFFF (ISO/IEC 13239, QRCPS 4.7.3), four upper case hex digits. */
function checksum(text: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

/** A code for one payment (11 would be one for many). Throws RangeError for a value that is empty or too long. */
export function merchantCode(code: MerchantCode): string {
  const { acquirer, forwarder, merchant, category, currency, amount, country, name, city, bill, terminal } =
    code;
  const more =
    (bill === undefined ? '' : object('01', bill)) + (terminal === undefined ? '' : object('07', terminal));
  const body =
    object('00', '01') +
    object('01', '12') +
    object('15', acquirer + forwarder + merchant) +
    object('52', category) +
    object('53', currency) +
    (amount === undefined ? '' : object('54', amount)) +
    object('58', country) +
    object('59', name) +
    object('60', city) +
    (more === '' ? '' : object('62', more)) +
    `${CRC_ID}04`;
  return body + checksum(body);
}

/** What a code says; undefined when it is none of this kind, or its checksum is wrong. Never throws. */
export function readMerchantCode(text: string): MerchantCode | undefined {
  if (text.length > LONGEST || !/^000201/.test(text)) return undefined;
  const objects = objectsIn(text);
  if (!objects || objects.get(CRC_ID)?.toUpperCase() !== checksum(text.slice(0, -4))) return undefined;
  const account = objects.get('15') ?? '';
  const currency = objects.get('53') ?? '';
  const amount = objects.get('54');
  if (account.length !== 31 || !/^\d{3}$/.test(currency)) return undefined;
  if (amount !== undefined && !/^\d{1,10}(\.\d{0,2})?$/.test(amount)) return undefined;
  const more = objects.get('62');
  const additional = more === undefined ? new Map<string, string>() : objectsIn(more);
  if (!additional) return undefined;
  const [bill, terminal] = [additional.get('01'), additional.get('07')];
  return {
    acquirer: account.slice(0, 8),
    forwarder: account.slice(8, 16),
    merchant: account.slice(16),
    category: objects.get('52') ?? '',
    currency,
    ...(amount !== undefined && { amount }),
    country: objects.get('58') ?? '',
    name: objects.get('59') ?? '',
    city: objects.get('60') ?? '',
    ...(bill !== undefined && { bill }),
    ...(terminal !== undefined && { terminal }),
  };
}

/** Objects of one level by id; undefined when the text is not made of them, or one stands there twice. */
function objectsIn(text: string): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const [head, id = '', length = ''] = /^(\d\d)(\d\d)/.exec(text.slice(at, at + 4)) ?? [];
    const end = at + 4 + Number(length);
    if (head === undefined || length === '00' || end > text.length || found.has(id)) return undefined;
    found.set(id, text.slice(at + 4, end));
    at = end;
  }
  // The checksum stands last, or it does not cover everything.
  const last = [...found.keys()].at(-1);
  return found.has(CRC_ID) && last !== CRC_ID ? undefined : found;
}
