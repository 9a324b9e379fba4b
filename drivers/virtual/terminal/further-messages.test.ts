import assert from 'node:assert/strict';
import { decodeMessage, encodeMessage, toDialogueMessage, verifyMac } from '../../codec/iso8583/index.ts';
import { loadDialect } from '../../host/dialect.ts';
import { beginChip, type EmvTags } from './emv.ts';
import { downloadRequest, echoRequest, listRequest, signOffRequest } from './management-messages.ts';
import type { TransactionRecord } from './memory.ts';
import {
  balanceRequest,
  type Circumstances,
  financialRequest,
  HEADER,
  type Request,
  TPDU,
} from './messages.ts';
import { signaturePicture, signatureRequest } from './signature.ts';
import { adjustRequest } from './stored.ts';
import { MAK, PIK } from './testing/scripted-acquirer.ts';
import { chipOf, testCard } from './testing/terminal-rig.ts';

const dialect = loadDialect('unionpay-pos');
const at: Circumstances = {
  terminalId: '30001001',
  merchantId: '898320400000001',
  stan: '000002',
  batch: '000007',
  date: '261122',
  seed: 1,
  keys: { pik: PIK, mak: MAK },
  security: { encryptsTracks: false, pinFormat: 0 },
};
const card = testCard('debit-1');
const stripe = { card, entry: 'swipe', pin: '' } as const;
const { pan, expiry } = card;
const typed = {
  card: { id: '', pan, expiry, sequence: '0', 'service-code': '000' },
  entry: 'manual',
  pin: '',
} as const;
const hold = { batch: '000007', stan: '000001', date: '1122', rrn: '', authCode: '123456' };
const sale: TransactionRecord = {
  kind: 'sale',
  stan: '000001',
  batch: '000007',
  time: '20261122093015',
  entry: 'chip',
  pan: '',
  requested: 10_000,
  amount: 10_000,
  responseCode: '00',
  rrn: '632609000001',
  authCode: '654321',
  issuer: '',
  acquirer: '',
  remarks: [],
  voided: false,
};

/** First GENERATE AC of a new card, asked for a TC. TC and MAC below were computed with the openssl command. */
function offlineEmv(): EmvTags {
  const chip = chipOf()(card.id);
  assert.ok(chip);
  return beginChip(chip, { ...at, type: '00', amount: 1200, pinEntered: false, offline: true }).tags;
}

const frameOf = ({ mti, fields, mac }: Request): Uint8Array =>
  encodeMessage(dialect, { mti, fields, tpdu: TPDU, header: HEADER }, mac ? { mak: MAK } : {});

/**
 * Whole frames, MAC included. Length 2 · TPDU 5 · header 6 · MTI 2 · bitmap 8 · fields: so that terminal and codec cannot
 * change together unnoticed.
 */
const PINNED: readonly (readonly [kind: string, name: string, request: Request, hex: string])[] = [
  [
    'pre-auth',
    'pre-auth',
    financialRequest({ kind: 'pre-auth', ...stripe, amount: 50_000 }, at),
    '0062600003000060310000000001003020048020C08011030000000000050000000002022006366299990000000000012D301222000000000033303030313030313839383332303430303030303030313135360013100000070006104444343431413133',
  ],
  [
    'pre-auth-void',
    'pre-auth void',
    financialRequest({ kind: 'pre-auth-void', ...stripe, amount: 50_000, original: hold }, at),
    '0072600003000060310000000001003020048024C08019200000000000050000000002022006366299990000000000012D30122200000000003132333435363330303031303031383938333230343030303030303031313536001311000007000610001600000700000111223935433832434344',
  ],
  [
    'completion',
    'completion',
    financialRequest({ kind: 'completion', ...stripe, amount: 48_000, original: hold }, at),
    '0072600003000060310000000002003020048024C08019000000000000048000000002022006366299990000000000012D30122200000000003132333435363330303031303031383938333230343030303030303031313536001320000007000610001600000700000111223242373631443530',
  ],
  [
    'completion-void',
    'completion void',
    financialRequest(
      { kind: 'completion-void', ...stripe, amount: 48_000, original: { ...hold, rrn: '632609000001' } },
      at,
    ),
    '007E60000300006031000000000200302004802CC08019200000000000048000000002022006366299990000000000012D30122200000000003633323630393030303030313132333435363330303031303031383938333230343030303030303031313536001321000007000610001600000700000111223841343141313643',
  ],
  [
    'completion-notice',
    'completion notice',
    financialRequest({ kind: 'completion-notice', ...stripe, amount: 48_000, original: hold }, at),
    '0072600003000060310000000002203020048024C08019000000000000048000000002022006366299990000000000012D30122200000000003132333435363330303031303031383938333230343030303030303031313536001324000007000610001600000700000111223545443043393639',
  ],
  [
    'moto',
    'mail order',
    financialRequest({ kind: 'moto', ...typed, amount: 6600 }, at),
    '005C600003000060310000000002007024048000C080111962999900000000000120000000000000006600000002301201200833303030313030313839383332303430303030303030313135360013220000070006004232383943393038',
  ],
  [
    'instalment',
    'instalment sale',
    financialRequest({ kind: 'instalment', ...stripe, amount: 120_000, instalments: '12' }, at),
    '0066600003000060310000000002003020048020C08015000000000000120000000002022064366299990000000000012D30122200000000003330303031303031383938333230343030303030303031313536001322000007000610000231323134323739353641',
  ],
  [
    'balance',
    'balance enquiry',
    balanceRequest(stripe, at),
    '005C600003000060310000000002002020048020C08011310000000002022000366299990000000000012D301222000000000033303030313030313839383332303430303030303030313135360013010000070006104543373243464543',
  ],
  [
    'offline-sale',
    'offline sale by chip',
    financialRequest(
      { kind: 'offline-sale', card, entry: 'chip', pin: '', amount: 1200, emv: offlineEmv() },
      at,
    ),
    '00F1600003000060310000000002207024068020C08211196299990000000000012000000000000000120000000230120520000100366299990000000000012D3012220000000000333030303130303138393833323034303030303030303131353601269F2608C032CF561EE354159F2701409F100706010A039000009F3704A4FEB5AE9F36020001950500000000009A032611229C01009F02060000000012005F2A02015682027C009F1A0201569F03060000000000009F3303E0E1C89F34031F03009F3501228408F0000003330101019F090200209F4104000000028A0259310013300000070006003735384636433841',
  ],
  [
    'adjust',
    'tip',
    adjustRequest(at, { sale, stan: '000002', amount: 11_500, tip: 1500, pan: card.pan }),
    '007E60000300006031000000000220702004800CC18019196299990000000000012000000000000001150000000201200036333236303930303030303136353433323133303030313030313839383332303430303030303030310012000000001500313536001334000007000600001600000700000111223544323746424345',
  ],
  [
    'sign-off',
    'sign-off',
    signOffRequest(at),
    '0037600003000060310000000008200020000000C0001000000233303030313030313839383332303430303030303030310011000000070020',
  ],
  [
    'echo',
    'echo',
    echoRequest(at),
    '0037600003000060310000000008200020000000C0001000000233303030313030313839383332303430303030303030310011000000073010',
  ],
  [
    'parameters',
    'parameters',
    downloadRequest(at, '360'),
    '0037600003000060310000000008000020000000C0001000000233303030313030313839383332303430303030303030310011000000073600',
  ],
  [
    'ca-keys',
    'list of CA keys',
    listRequest(at, '372', 3),
    '003C600003000060310000000008200020000000C00014000002333030303130303138393833323034303030303030303100110000000737200003313033',
  ],
  [
    'aid-parameters',
    'one application',
    downloadRequest(at, '380', Buffer.from('9F0608F000000333010101', 'hex')),
    '0044600003000060310000000008000020000000C000140000023330303031303031383938333230343030303030303031001100000007380000119F0608F000000333010101',
  ],
];

describe('requests of the further transactions', () => {
  for (const [kind, name, request, hex] of PINNED) {
    it(`${name} is byte for byte, and means ${kind}`, () => {
      const frame = frameOf(request);
      assert.equal(Buffer.from(frame).toString('hex').toUpperCase(), hex);
      assert.equal(verifyMac(dialect, frame, MAK), request.mac ? 'ok' : 'absent');
      assert.equal(toDialogueMessage(dialect, decodeMessage(dialect, frame)).kind, kind);
    });
  }

  it('a signature names its transaction and carries a bitmap of the pad', () => {
    const picture = Buffer.from(signaturePicture(1, sale.stan));
    assert.equal(picture.readUInt16LE(0), 0x4d42); // BM
    assert.equal(picture.readUInt32LE(2), picture.length);
    assert.ok(picture.length < 512);
    assert.notDeepEqual(picture, Buffer.from(signaturePicture(1, '000009')));
    const frame = frameOf(signatureRequest(at, sale, picture));
    const hex = Buffer.from(frame).toString('hex').toUpperCase();
    const before =
      '0214600003000060310000000008201020000008C08015000000010000000001363332363039303030303031333030303130303138393833323034303030303030303131353600110700000780000446';
    assert.equal(hex.slice(0, before.length), before);
    assert.equal(hex.slice(before.length, -16), picture.toString('hex').toUpperCase());
    assert.equal(verifyMac(dialect, frame, MAK), 'ok');
  });

  it('nothing that is typed or stored carries a track or a PIN', () => {
    for (const request of [financialRequest({ kind: 'moto', ...typed, amount: 1 }, at), PINNED[9]?.[2]]) {
      for (const id of ['35', '36', '52']) assert.equal(request?.fields[id], undefined);
    }
  });
});
