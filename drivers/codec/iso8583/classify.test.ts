import assert from 'node:assert/strict';
import { loadDialect } from '../../host/dialect.ts';
import { classify, decodeMessage, encodeMessage, type Message, toDialogueMessage } from './index.ts';

const dialect = loadDialect('unionpay-pos');
const PAN = '6299990000000000012';
const frameOf = (mti: string, fields: Message['fields']) =>
  encodeMessage(dialect, { mti, tpdu: '6000030000', header: '602200000000', fields });
const dialogueOf = (mti: string, fields: Message['fields'], clear = false) =>
  toDialogueMessage(dialect, decodeMessage(dialect, frameOf(mti, fields)), { clear });

describe('what a message means', () => {
  for (const [mti, f3, f25, f60, kind, of] of [
    ['0200', '000000', '00', '22000001000', 'sale', undefined],
    ['0210', '000000', '00', '22000001000', 'sale', undefined],
    ['0200', '200000', '00', '23000001000', 'void', undefined],
    ['0220', '200000', '00', '25000001000', 'refund', undefined],
    ['0400', '000000', '00', '22000001000', 'reversal', 'sale'],
    ['0410', '200000', '00', '23000001000', 'reversal', 'void'],
    ['0100', '030000', '06', '10000001000', 'pre-auth', undefined],
    ['0110', '200000', '06', '11000001000', 'pre-auth-void', undefined],
    ['0200', '000000', '06', '20000001000', 'completion', undefined],
    ['0200', '200000', '06', '21000001000', 'completion-void', undefined],
    ['0220', '000000', '06', '24000001000', 'completion-notice', undefined],
    ['0200', '310000', '00', '01000001000', 'balance', undefined],
    ['0200', '000000', '08', '22000001000', 'moto', undefined],
    ['0200', '000000', '64', '22000001000', 'instalment', undefined],
    ['0220', '000000', '00', '30000001000', 'offline-sale', undefined],
    ['0200', '000000', '00', '36000001000', 'offline-sale', undefined],
    ['0220', '000000', '00', '34000001000', 'adjust', undefined],
    ['0230', '000000', '00', '32000001000', 'adjust', undefined],
    ['0400', '030000', '06', '10000001000', 'reversal', 'pre-auth'],
    ['0400', '200000', '06', '11000001000', 'reversal', 'pre-auth-void'],
    ['0400', '000000', '06', '20000001000', 'reversal', 'completion'],
    ['0400', '200000', '06', '21000001000', 'reversal', 'completion-void'],
    ['0410', '000000', '18', '22000001000', 'reversal', 'moto'],
    ['0400', '000000', '64', '22000001000', 'reversal', 'instalment'],
    ['0400', '990000', '99', '99000001000', 'reversal', undefined],
    ['0200', '990000', '00', '99000001000', 'other', undefined],
    ['0620', '000000', undefined, '00000001951', 'script-result', undefined],
    ['0820', undefined, undefined, '07000001800', 'signature', undefined],
    ['0820', undefined, undefined, '07000001301', 'signature', undefined],
    ['0800', undefined, undefined, '00000001360', 'parameters', undefined],
    ['0820', undefined, undefined, '00000001362', 'parameters', undefined],
    ['0800', undefined, undefined, '00000001380', 'aid-parameters', undefined],
    ['0820', undefined, undefined, '00000001382', 'aid-parameters', undefined],
    ['0810', undefined, undefined, '00000001371', 'ca-keys', undefined],
    ['0830', undefined, undefined, '00000001372', 'ca-keys', undefined],
    ['0800', undefined, undefined, '00000001003', 'sign-on', undefined],
    ['0820', undefined, undefined, '00000001002', 'sign-off', undefined],
    ['0820', undefined, undefined, '00000001301', 'echo', undefined],
    ['0500', undefined, undefined, '00000001201', 'settlement', undefined],
    ['0320', undefined, undefined, '00000001201', 'batch-upload', undefined],
    ['0320', undefined, undefined, '00000001202', 'batch-upload-end', undefined],
    ['0320', undefined, undefined, '00000001207', 'batch-upload-end', undefined],
  ] as const) {
    it(`${mti} ${f3 ?? '-'} ${f25 ?? '-'} ${f60} is ${kind}${of ? ` of a ${of}` : ''}`, () => {
      const fields = { ...(f3 && { '3': f3 }), ...(f25 && { '25': f25 }), '60': f60 };
      const found = classify(dialect, decodeMessage(dialect, frameOf(mti, fields)));
      assert.deepEqual([found.kind, found.of], [kind, of]);
      assert.equal(found.direction, '13'.includes(mti.charAt(2)) ? 'response' : 'request');
    });
  }

  it('tells the original of a void, a refund and a reversal', () => {
    const common = { '4': '000000012850', '11': '000007', '37': '631905000042', '25': '00' };
    const voided = dialogueOf('0200', {
      ...common,
      '3': '200000',
      '60': '23000001000',
      '61': '000001000003',
    });
    assert.deepEqual(voided.original, { stan: '000003', batch: '000001', rrn: '631905000042' });
    assert.equal(voided.rrn, undefined);
    const refund = dialogueOf('0220', {
      ...common,
      '3': '200000',
      '60': '25000001000',
      '61': '0000000000001122',
    });
    assert.deepEqual(refund.original, { rrn: '631905000042', date: '1122' });
    const reversal = dialogueOf('0400', {
      '3': '000000',
      '4': '000000012850',
      '11': '000007',
      '25': '00',
      '39': '98',
      '60': '22000001000',
    });
    assert.deepEqual(reversal.original, { stan: '000007', batch: '000001' });
    assert.equal(reversal.code, '98');
    assert.deepEqual(reversal.amount, { minor: 12850, currency: 'CNY' });
  });

  it('shows no card data, wherever it stands', () => {
    const secret = dialogueOf('0200', {
      '2': PAN,
      '35': `${PAN}=30122200000000000`,
      '48': `01000000120${PAN}000000012850`,
      '52': '0B1099C8B3051753',
      '55.5A': `${PAN}F`,
      '55.57': `${PAN}D30122200000000000F`,
      '59': `card ${PAN} read`,
      '60': '22000001000',
      '62': Buffer.from(`PAN ${PAN}`, 'latin1'),
      // Another card than that of the message: found by its check digit.
      '63': '01 6222021234567890128',
    });
    const shown = JSON.stringify(secret);
    const packed = Buffer.from(PAN, 'latin1').toString('hex').toUpperCase();
    for (const leak of [PAN, packed, '0B1099C8B3051753', '=3012220', 'D3012220', '6222021234567890128']) {
      assert.ok(!shown.includes(leak), `${leak} in ${shown}`);
    }
    assert.ok(shown.includes('629999*********0012'));
  });

  it('shows no card data of batch details, nor keys of a sign-on reply', () => {
    const upload = dialogueOf('0320', {
      '48': `0100000012${PAN.padStart(20, '0')}000000012850`,
      '60': '00000001201',
    });
    assert.ok(!JSON.stringify(upload).includes(PAN));
    const unknown = dialogueOf('0320', { '48': `01000000120${PAN}000000012850`, '60': '00000001999' });
    assert.ok(!JSON.stringify(unknown).includes(PAN));
    const keys = dialogueOf('0810', {
      '60': '00000001003',
      '62': '950973182317F80B950973182317F80B00962B60',
    });
    assert.ok(!JSON.stringify(keys).includes('950973182317F80B'));
  });

  it('shows it when told to', () => {
    assert.ok(JSON.stringify(dialogueOf('0200', { '2': PAN, '60': '22000001000' }, true)).includes(PAN));
  });

  it('gives meanings to codes', () => {
    const { fields } = dialogueOf('0210', { '3': '000000', '39': '61', '60': '22000001000' });
    assert.equal(fields.find(({ id }) => id === '39')?.meaning, 'over the amount limit');
  });
});
