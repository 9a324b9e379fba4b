import assert from 'node:assert/strict';
import { CardFile, type TestCard } from '../../../rig/model/card.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import {
  type DecodedMessage,
  decodeMessage,
  encodeMessage,
  encryptPin,
  verifyMac,
} from '../../codec/iso8583/index.ts';
import { loadDialect } from '../dialect.ts';
import { readFileAs } from '../read-file.ts';
import { loadKeys } from '../simulator/keys.ts';

/** A terminal made of literal field values, for tests of the acquirer. */
export const dialect = loadDialect('unionpay-pos');
export const keys = loadKeys(packaged('drivers/virtual/keys.yaml'));
export const { cards } = readFileAs(packaged('scenarios/cards.yaml'), CardFile);
export const MAK = keys.working.mak;
export const TERMINAL = '30001001';
export const MERCHANT = '898320400000001';

export function card(id: string): TestCard {
  const found = cards.find((known) => known.id === id);
  assert.ok(found);
  return found;
}

export type Fields = Readonly<Record<string, string | Uint8Array>>;

export const amount12 = (minor: number) => String(minor).padStart(12, '0');

/** A request as bytes; financial ones with a MAC under `mak`, or without one. */
export function frameOf(mti: string, fields: Fields, mak: Uint8Array | 'no-mac' = MAK): Uint8Array {
  const message = { mti, tpdu: '6000030000', header: '603100000000', fields };
  // Management messages have none, but for the one that brings a signature (60.1 = 07).
  const hasMac = /^0[1246]/.test(mti) || String(fields['60'] ?? '').startsWith('07');
  return encodeMessage(dialect, message, mak !== 'no-mac' && hasMac ? { mak } : {});
}

const own = { '41': TERMINAL, '42': MERCHANT };

/** Field values of each kind of request; `more` overrides. */
export const requests = {
  signOn: (more: Fields = {}): [string, Fields] => [
    '0800',
    { '11': '000001', ...own, '60': '00000000003', ...more },
  ],
  echo: (more: Fields = {}): [string, Fields] => [
    '0820',
    { '11': '000002', ...own, '60': '00000001301', ...more },
  ],
  signOff: (more: Fields = {}): [string, Fields] => [
    '0820',
    { '11': '000003', ...own, '60': '00000001002', ...more },
  ],
  sale: (stan: string, minor: number, more: Fields = {}, with_ = card('debit-1')): [string, Fields] => [
    '0200',
    {
      '2': with_.pan,
      '3': '000000',
      '4': amount12(minor),
      '11': stan,
      '22': '051',
      '23': '001',
      '25': '00',
      '26': '12',
      ...own,
      '49': '156',
      '52': encryptPin(keys.working.pik, with_.pin, with_.pan),
      '53': '2600000000000000',
      '60': '2200000100060',
      ...more,
    },
  ],
  void: (stan: string, original: DecodedMessage, more: Fields = {}): [string, Fields] => [
    '0200',
    {
      '2': original.fields['2'] ?? '',
      '3': '200000',
      '4': original.fields['4'] ?? '',
      '11': stan,
      '22': '052',
      '25': '00',
      '37': original.fields['37'] ?? '',
      '38': original.fields['38'] ?? '',
      ...own,
      '49': '156',
      '60': '2300000100060',
      '61': `000001${original.fields['11']}${original.fields['13']}`,
      ...more,
    },
  ],
  refund: (stan: string, minor: number, original: DecodedMessage, more: Fields = {}): [string, Fields] => [
    '0220',
    {
      '2': original.fields['2'] ?? '',
      '3': '200000',
      '4': amount12(minor),
      '11': stan,
      '22': '052',
      '25': '00',
      '37': original.fields['37'] ?? '',
      ...own,
      '49': '156',
      '60': '2500000100060',
      '61': `000000000000${original.fields['13']}`,
      ...more,
    },
  ],
  reversal: (stan: string, minor: number, more: Fields = {}): [string, Fields] => [
    '0400',
    {
      '3': '000000',
      '4': amount12(minor),
      '11': stan,
      '22': '051',
      '23': '001',
      '25': '00',
      '39': '98',
      ...own,
      '49': '156',
      '60': '2200000100060',
      ...more,
    },
  ],
  settlement: (field48: string, batch = '000001'): [string, Fields] => [
    '0500',
    { '11': '000090', ...own, '48': field48, '49': '156', '60': `00${batch}201` },
  ],
  /** 0100 pre-authorisation; `0100`, `0200` or `0220` of what follows it names it by authorisation code and date. */
  preAuth: (stan: string, minor: number, more: Fields = {}): [string, Fields] => {
    const [, fields] = requests.sale(stan, minor);
    return ['0100', { ...fields, '3': '030000', '25': '06', '60': '1000000100060', ...more }];
  },
  ofHold: (
    kind: 'pre-auth-void' | 'completion' | 'completion-notice',
    stan: string,
    minor: number,
    hold: DecodedMessage,
    more: Fields = {},
  ): [string, Fields] => {
    const [mti, code, type] = {
      'pre-auth-void': ['0100', '200000', '11'],
      completion: ['0200', '000000', '20'],
      'completion-notice': ['0220', '000000', '24'],
    }[kind] as [string, string, string];
    return [
      mti,
      {
        '2': hold.fields['2'] ?? '',
        '3': code,
        '4': amount12(minor),
        '11': stan,
        '22': '052',
        '25': '06',
        '38': hold.fields['38'] ?? '',
        ...own,
        '49': '156',
        '60': `${type}00000100060`,
        '61': `000000000000${hold.fields['13']}`,
        ...more,
      },
    ];
  },
  completionVoid: (stan: string, original: DecodedMessage, more: Fields = {}): [string, Fields] => {
    const [, fields] = requests.void(stan, original);
    return ['0200', { ...fields, '25': '06', '60': '2100000100060', ...more }];
  },
  moto: (stan: string, minor: number, more: Fields = {}): [string, Fields] => {
    const [mti, { '52': _, '53': __, '26': ___, ...fields }] = requests.sale(stan, minor);
    return [mti, { ...fields, '22': '012', '25': '08', ...more }];
  },
  instalment: (stan: string, minor: number, more: Fields = {}): [string, Fields] =>
    requests.sale(stan, minor, { '25': '64', '62': Buffer.from('12'), ...more }),
  balance: (stan: string, more: Fields = {}): [string, Fields] => {
    const [mti, { '4': _, ...fields }] = requests.sale(stan, 0);
    return [mti, { ...fields, '3': '310000', '60': '0100000100060', ...more }];
  },
  offlineSale: (stan: string, minor: number, more: Fields = {}): [string, Fields] => {
    const [, { '52': _, '53': __, '26': ___, ...fields }] = requests.sale(stan, minor);
    return ['0220', { ...fields, '22': '052', '60': '3000000100060', ...more }];
  },
  /** `type`: 60.1, 34 a tip, 32 another correction. `minor`: the new total. */
  adjust: (stan: string, minor: number, of: string, more: Fields = {}, type = '34'): [string, Fields] => {
    const [, fields] = requests.offlineSale(stan, minor);
    return ['0220', { ...fields, '60': `${type}00000100060`, '61': `000001${of}1122`, ...more }];
  },
  scriptResult: (stan: string, original: DecodedMessage, more: Fields = {}): [string, Fields] => [
    '0620',
    {
      '2': card('debit-1').pan,
      '3': '000000',
      '4': original.fields['4'] ?? '',
      '11': stan,
      '37': original.fields['37'] ?? '',
      ...own,
      '49': '156',
      '55.DF31': '2000000001',
      '60': '00000001951',
      '61': `000001${original.fields['11']}1122`,
      ...more,
    },
  ],
  signature: (original: DecodedMessage, image: Uint8Array, more: Fields = {}): [string, Fields] => [
    '0820',
    {
      '4': original.fields['4'] ?? '',
      '11': original.fields['11'] ?? '',
      '37': original.fields['37'] ?? '',
      ...own,
      '60': '07000001800',
      '62': image,
      ...more,
    },
  ],
  /** 0820 (lists, status) or 0800 with a network management code and F62. */
  management: (mti: '0800' | '0820', code: string, field62?: Uint8Array): [string, Fields] => [
    mti,
    { '11': '000080', ...own, '60': `00000001${code}`, ...(field62 && { '62': field62 }) },
  ],
  upload: (field48: string, code = '201', batch = '000001'): [string, Fields] => [
    '0320',
    { '11': '000091', ...own, '48': field48, '60': `00${batch}${code}` },
  ],
};

/** F48 of a settlement: debit and credit, domestic. */
export const totals48 = (debit: number, debits: number, credit = 0, credits = 0, result = '0') =>
  `${amount12(debit)}${String(debits).padStart(3, '0')}${amount12(credit)}${String(credits).padStart(3, '0')}${result}${'0'.repeat(30)}${result}`;

/** A response, with its MAC proved where it has one. */
export function read(frame: Uint8Array | undefined): DecodedMessage {
  assert.ok(frame, 'there is no answer');
  const message = decodeMessage(dialect, frame, { blame: 'acquirer' });
  assert.deepEqual(message.remarks, []);
  assert.notEqual(verifyMac(dialect, frame, MAK), 'wrong');
  return message;
}
