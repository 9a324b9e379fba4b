import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeMessage, decryptPin, encodeMessage, verifyMac } from '../../codec/iso8583/index.ts';
import { loadDialect } from '../../host/dialect.ts';
import { judgeFrame, responseTo } from './answer.ts';
import { defectsOf } from './defects.ts';
import { beginChip, type EmvTags } from './emv.ts';
import { settlementRequest, signOnRequest, uploadEndRequest, uploadRequest } from './management-messages.ts';
import type { PendingReversal } from './memory.ts';
import {
  type Circumstances,
  financialRequest,
  HEADER,
  type Request,
  reversalFields,
  reversalRequest,
  TPDU,
} from './messages.ts';
import { loadResponseTexts } from './response-texts.ts';
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
const frameOf = (request: Request): Uint8Array => {
  const { mti, fields, mac } = request;
  return encodeMessage(dialect, { mti, fields, tpdu: TPDU, header: HEADER }, mac ? { mak: MAK } : {});
};
const hexOf = (request: Request) => Buffer.from(frameOf(request)).toString('hex').toUpperCase();

/** Field 55 of a sale with the chip of a card, the first transaction of its life. */
function emvOf(card: string, amount: number, pinEntered: boolean, seed = at.seed): EmvTags {
  const chip = chipOf()(card);
  assert.ok(chip);
  return beginChip(chip, { ...at, type: '00', amount, pinEntered, seed }).tags;
}
const chipSale = financialRequest(
  {
    kind: 'sale',
    card: testCard('debit-1'),
    entry: 'chip',
    amount: 12850,
    pin: '123456',
    emv: emvOf('debit-1', 12850, true),
  },
  at,
);
const stripeSale = financialRequest(
  { kind: 'sale', card: testCard('debit-1'), entry: 'swipe', amount: 12850, pin: '' },
  at,
);
const pending = (original: Request): PendingReversal => ({
  kind: 'sale',
  stan: at.stan,
  reason: '98',
  fields: reversalFields(original).fields,
  pan: null,
});

// Pinned so that a change of codec and terminal together cannot go unnoticed. Written out field by field:
const PINNED: readonly (readonly [name: string, request: Request, pieces: readonly string[]])[] = [
  [
    'sign-on',
    signOnRequest(at, 'VT4030001001'),
    [
      '0057',
      '6000030000',
      '603100000000',
      '0800',
      '0020000000C00016',
      '000002',
      '3330303031303031',
      '383938333230343030303030303031',
      '0011',
      '000000070030',
      '0025',
      '53657175656E6365204E6F3132565434303330303031303031',
      '0003',
      '303120',
    ],
  ],
  [
    'stripe sale without PIN',
    stripeSale,
    [
      '0062',
      '6000030000',
      '603100000000',
      '0200',
      '3020048020C08011',
      '000000',
      '000000012850',
      '000002',
      '0220',
      '00',
      '36',
      '6299990000000000012D3012220000000000',
      '3330303031303031',
      '383938333230343030303030303031',
      '313536',
      '0013',
      '22000007000610',
    ],
  ],
  [
    'reversal of it',
    reversalRequest(pending(stripeSale), undefined, at.stan),
    [
      '0051',
      '6000030000',
      '603100000000',
      '0400',
      '3020048002C08011',
      '000000',
      '000000012850',
      '000002',
      '0220',
      '00',
      '3938',
      '3330303031303031',
      '383938333230343030303030303031',
      '313536',
      '0013',
      '22000007000610',
    ],
  ],
  [
    'settlement',
    settlementRequest(at, { debit: 12850, debitCount: 1, credit: 0, creditCount: 0 }),
    [
      '0065',
      '6000030000',
      '603100000000',
      '0500',
      '0020000000C18012',
      '000002',
      '3330303031303031',
      '383938333230343030303030303031',
      '0062',
      '00000001285000100000000000000000000000000000000000000000000000',
      '313536',
      '0011',
      '000000072010',
      '0003',
      '303120',
    ],
  ],
  [
    'upload',
    uploadRequest(at, [{ stan: '000001', pan: '6299990000000033', amount: 100 }]),
    [
      '004E',
      '6000030000',
      '603100000000',
      '0320',
      '0020000000C10010',
      '000002',
      '3330303031303031',
      '383938333230343030303030303031',
      '0042',
      '01',
      '00',
      '000001',
      '00006299990000000033',
      '000000000100',
      '0011',
      '000000072010',
    ],
  ],
  [
    'end of upload',
    uploadEndRequest(at, 1),
    [
      '003B',
      '6000030000',
      '603100000000',
      '0320',
      '0020000000C10010',
      '000002',
      '3330303031303031',
      '383938333230343030303030303031',
      '0004',
      '0001',
      '0011',
      '000000072020',
    ],
  ],
];

describe('requests', () => {
  for (const [name, request, pieces] of PINNED) {
    it(`${name} is byte for byte`, () => {
      const hex = hexOf(request);
      const pinned = pieces.slice(1).join('');
      assert.equal(hex.slice(4, 4 + pinned.length), pinned);
      // What is left is the MAC, eight characters of hex text.
      const rest = Buffer.from(hex.slice(4 + pinned.length), 'hex').toString('latin1');
      assert.match(rest, request.mac ? /^[0-9A-F]{8}$/ : /^$/);
      assert.equal(Number.parseInt(hex.slice(0, 4), 16), (hex.length - 4) / 2);
      assert.equal(verifyMac(dialect, frameOf(request), MAK), request.mac ? 'ok' : 'absent');
    });
  }

  // The ARQC, 1BAF9321213AED97, and the MAC were computed with the openssl command and nothing of this project. Card key:
  // 3DES of 9999000000000001 01 and of its complement under 0123456789ABCDEFFEDCBA9876543210, odd parity, which is
  // E367B004738C9868978967CB73CBE964. Over 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 82 9F36 and the card verification results
  // 03A00000, zeros behind: retail MAC (ISO/IEC 9797-1 algorithm 3).
  it('a chip sale is byte for byte, ARQC, MAC and PIN block included', () => {
    assert.equal(
      hexOf(chipSale),
      '00FE60000300006031000000000200702406C020C09A1119629999000000000001200000000000000128500000023012051000010012366299990000000000012D301222000000000033303030313030313839383332303430303030303030313135361C09106D1DC72B52260000000000000001229F26081BAF9321213AED979F2701809F100706010A03A000009F3704A4FEB5AE9F36020001950500000400009A032611229C01009F02060000000128505F2A02015682027C009F1A0201569F03060000000000009F3303E0E1C89F34034203009F3501228408F0000003330101019F090200209F4104000000020013220000070006004132314630304638',
    );
  });

  // The block that ends one byte before the end of the packed track, 2D30122200000000, under 44…44 (openssl): see F35.
  it('a stripe sale with a track key sends its track encrypted, and says so in F53', () => {
    const encrypting = {
      ...at,
      keys: { ...at.keys, tdk: Buffer.alloc(16, 0x44) },
      security: { ...at.security, encryptsTracks: true },
    };
    const swiped = {
      kind: 'sale',
      card: testCard('debit-1'),
      entry: 'swipe',
      amount: 12850,
      pin: '',
    } as const;
    assert.equal(
      hexOf(financialRequest(swiped, encrypting)),
      '006A600003000060310000000002003020048020C08811000000000000012850000002022000366299990000000000010297313F07F8AC9800333030303130303138393833323034303030303030303131353606100000000000000013220000070006104444464644333135',
    );
    const withPin = financialRequest({ ...swiped, pin: '123456' }, encrypting);
    assert.equal(withPin.fields['53'], '2610000000000000');
  });

  it('a PIN block that is not bound to the card number says so in F53', () => {
    const unbound = { ...at, security: { ...at.security, pinFormat: 1 as const } };
    const swiped = {
      kind: 'sale',
      card: testCard('debit-1'),
      entry: 'swipe',
      amount: 1,
      pin: '123456',
    } as const;
    const { fields } = financialRequest(swiped, unbound);
    assert.equal(fields['53'], '1600000000000000');
    const block = fields['52'];
    assert.ok(block instanceof Uint8Array);
    assert.equal(decryptPin(PIK, block, testCard('debit-2').pan, 1), '123456');
  });

  it('the PIN block opens with the PIN key and the PAN only', () => {
    const block = Buffer.from(decodeMessage(dialect, frameOf(chipSale)).fields['52'] ?? '', 'hex');
    assert.equal(decryptPin(PIK, block, testCard('debit-1').pan), '123456');
    assert.notEqual(decryptPin(PIK, block, testCard('debit-2').pan), '123456');
  });

  it('a reversal keeps STAN, amount, batch and chip data, and no PIN, track or reference', () => {
    const { fields, pan } = reversalFields(chipSale);
    assert.equal(pan, testCard('debit-1').pan);
    const reversal = decodeMessage(
      dialect,
      frameOf(reversalRequest({ ...pending(chipSale), fields }, pan, at.stan)),
    );
    const original = decodeMessage(dialect, frameOf(chipSale)).fields;
    for (const id of ['2', '3', '4', '11', '14', '22', '23', '25', '41', '42', '49', '55', '60']) {
      assert.equal(reversal.fields[id], original[id], `F${id}`);
    }
    for (const id of ['26', '35', '36', '37', '52', '53'])
      assert.equal(reversal.fields[id], undefined, `F${id}`);
  });

  it('two seeds give two cryptograms, one seed the same frame', () => {
    const transaction = { kind: 'sale', card: testCard('tap-1'), entry: 'tap', amount: 1, pin: '' } as const;
    const withSeed = (seed: number) =>
      hexOf(financialRequest({ ...transaction, emv: emvOf('tap-1', 1, false, seed) }, at));
    assert.equal(withSeed(5), withSeed(5));
    assert.notEqual(withSeed(5), withSeed(6));
  });
});

describe('answers', () => {
  const judge = { dialect, texts: loadResponseTexts(), defects: defectsOf(new Set()), mak: MAK };

  it('have the MTI of the request with the function digit raised', () => {
    assert.deepEqual(['0200', '0220', '0320', '0400', '0500', '0800'].map(responseTo), [
      '0210',
      '0230',
      '0330',
      '0410',
      '0510',
      '0810',
    ]);
  });

  it('no bytes break the judgement, and damage is never taken for an answer', () => {
    const { mac: _, ...request } = chipSale;
    const good = encodeMessage(
      dialect,
      {
        mti: '0210',
        tpdu: TPDU,
        header: HEADER,
        fields: { '11': '000002', '39': '00', '41': '30001001', '49': '156' },
      },
      { mak: MAK },
    );
    assert.equal(judgeFrame(judge, chipSale, good)?.type, 'answer');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        assert.equal(judgeFrame(judge, { ...request, mac: true }, bytes), undefined);
      }),
    );
    fc.assert(
      fc.property(fc.nat(good.length - 14), fc.integer({ min: 1, max: 255 }), (offset, flip) => {
        const damaged = Uint8Array.from(good);
        damaged[13 + offset] = (damaged[13 + offset] ?? 0) ^ flip;
        assert.notEqual(judgeFrame(judge, chipSale, damaged)?.type, 'answer');
      }),
    );
  });
});
