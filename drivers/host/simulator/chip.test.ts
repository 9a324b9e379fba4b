import assert from 'node:assert/strict';
import {
  cardKeyUnder,
  cryptogramScheme,
  emvData,
  encryptPin,
  encryptTrack,
} from '../../codec/iso8583/index.ts';
import { signedOn } from '../testing/acquirer-bench.ts';
import { card, type Fields, keys, requests } from '../testing/terminal.ts';

const { sale, balance, offlineSale } = requests;

/** Field 55 of a card with an ARQC, or another type by `information`; 03A00000 are the card's verification results. */
function emv(id: string, minor: number, information = '80'): Record<string, string> {
  const of = card(id);
  const key = cardKeyUnder(keys.issuers, of);
  assert.ok(key);
  const data = {
    '9F02': String(minor).padStart(12, '0'),
    '9F03': '000000000000',
    '9F1A': '0156',
    '95': '0000040000',
    '5F2A': '0156',
    '9A': '261122',
    '9C': '00',
    '9F37': '01020304',
    '82': '7C00',
    '9F36': '0001',
    '9F10': of.cvn === 10 ? '06010A03A00000' : '06011203A00000',
  };
  const cryptogram = cryptogramScheme(of.cvn).cryptogram(key, data);
  return { ...data, '9F26': Buffer.from(cryptogram).toString('hex').toUpperCase(), '9F27': information };
}

const field55 = (tags: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(Object.entries(tags).map(([tag, value]) => [`55.${tag}`, value]));

/** A sale by chip; `spoil` changes its field 55. */
function chipSale(
  stan: string,
  id = 'debit-1',
  spoil: Readonly<Record<string, string>> = {},
): [string, Fields] {
  return sale(stan, 100, field55({ ...emv(id, 100), ...spoil }), card(id));
}

describe('acquirer: chip', () => {
  // What the card expects is computed here from its key by the codec, which is pinned to published vectors.
  for (const [id, version] of [
    ['debit-1', 10],
    ['debit-2', 18],
  ] as const)
    it(`an ARQC of version ${version} is proved, and answered with the ARPC that the card expects`, () => {
      const bench = signedOn();
      const reply = bench.ask(chipSale('000001', id));
      assert.equal(reply.fields['39'], '00');
      assert.equal(bench.checks['cryptogram'], 'ok');
      const key = cardKeyUnder(keys.issuers, card(id));
      assert.ok(key);
      const expected = cryptogramScheme(version).authentication(key, emv(id, 100), '00');
      assert.equal(emvData(reply.fields)['91'], Buffer.from(expected).toString('hex').toUpperCase());
    });

  it('a wrong one is a security violation, whatever else it says, and gets no ARPC', () => {
    for (const spoil of [{ '9F02': '000000000101' }, { '9F36': '0002' }, { '9F26': '0011223344556677' }]) {
      const bench = signedOn();
      const reply = bench.ask(chipSale('000001', 'debit-1', spoil));
      assert.equal(reply.fields['39'], '63');
      assert.equal(bench.checks['cryptogram'], 'wrong');
      assert.equal(reply.fields['55'], undefined);
      assert.deepEqual(bench.states(), ['sale declined 63']);
    }
  });

  it('one that cannot be computed is malformed, one of another version unchecked', () => {
    const bench = signedOn();
    const { '55.9F37': _, ...without } = chipSale('000001')[1];
    assert.equal(bench.code(['0200', without]), '63');
    assert.equal(bench.checks['cryptogram'], 'malformed');
    assert.equal(bench.code(chipSale('000002', 'debit-1', { '9F10': '06011103A00000' })), '00');
    assert.equal(bench.checks['cryptogram'], 'unchecked');
    assert.equal(bench.code(sale('000003', 100)), '00');
    assert.equal(bench.checks['cryptogram'], undefined);
  });

  it('what a wrong one means is a matter of policy, and rules may ask for it', () => {
    const forged = (stan: string) => chipSale(stan, 'debit-1', { '9F26': '0011223344556677' });
    assert.equal(signedOn().policy({ 'wrong-cryptogram': '05' }).code(forged('000001')), '05');
    const lenient = signedOn().policy({ 'wrong-cryptogram': '00' });
    assert.equal(lenient.code(forged('000001')), '00');
    const ruled = signedOn().policy({
      'wrong-cryptogram': '00',
      rules: [{ when: { cryptogram: ['wrong', 'absent'] }, answer: { code: '59' } }],
    });
    assert.equal(ruled.code(forged('000001')), '59');
    assert.equal(ruled.code(sale('000002', 100)), '59');
    assert.equal(ruled.code(chipSale('000003')), '00');
  });

  it('a balance enquiry is answered to the chip; what the chip approved itself is only looked at', () => {
    const bench = signedOn();
    const enquiry = bench.ask(balance('000001', field55(emv('debit-1', 0))));
    assert.ok(enquiry.fields['55.91']);
    const tags = emv('debit-1', 100, '40');
    const told = bench.ask(offlineSale('000002', 100, field55(tags)));
    assert.equal(bench.checks['cryptogram'], 'ok');
    assert.equal(told.fields['55'], undefined);
    const forged = { ...tags, '9F26': '0011223344556677' };
    assert.equal(bench.code(offlineSale('000003', 100, field55(forged))), '00');
    assert.equal(bench.checks['cryptogram'], 'wrong');
  });

  it('a declined card is answered as well; tags of a rule go before', () => {
    const bench = signedOn().policy({ 'single-limit': { amount: 0.5 } });
    assert.equal(bench.ask(chipSale('000001')).fields['55.91']?.slice(-4), '3631');
    const own = signedOn().policy({ rules: [{ answer: { tags: { '91': '0102030405060708' } } }] });
    assert.equal(own.ask(chipSale('000001')).fields['55.91'], '0102030405060708');
  });
});

describe('acquirer: encrypted tracks and PIN formats', () => {
  const { tdk, pik } = keys.working;
  assert.ok(tdk);
  const swiped = (stan: string, track: string, control = '2610000000000000'): [string, Fields] => {
    const [mti, { '2': _, ...fields }] = sale(stan, 100, { '22': '021', '35': track, '53': control });
    return [mti, fields];
  };
  const track = '6299990000000000012=3012220000000000';

  it('a swiped card is read from its encrypted track', () => {
    const bench = signedOn();
    assert.equal(bench.code(swiped('000001', encryptTrack(tdk, track))), '00');
    assert.equal(bench.checks['track'], 'ok');
    assert.equal(bench.acquirer.ledger()[0]?.pan, '629999*********0012');
  });

  it('a track under another key, or of another card, is none', () => {
    const bench = signedOn();
    const strange = encryptTrack(Buffer.alloc(16, 0x55), track);
    assert.equal(bench.code(swiped('000001', strange)), '14');
    assert.equal(bench.checks['track'], 'wrong');
    const other = sale(
      '000002',
      100,
      { '35': encryptTrack(tdk, track), '53': '2610000000000000' },
      card('debit-2'),
    );
    assert.equal(bench.code(other), '14');
    assert.equal(bench.code(swiped('000003', '62999900', '2610000000000000')), '14');
    assert.deepEqual(
      bench.acquirer.ledger().filter(({ state }) => state === 'posted'),
      [],
    );
  });

  it('a PIN block without the card number is read where F53 says so, and only there', () => {
    const { pan, pin } = card('debit-1');
    const block = encryptPin(pik, pin, pan, 1);
    const bench = signedOn();
    assert.equal(bench.code(sale('000001', 100, { '52': block, '53': '1600000000000000' })), '00');
    assert.equal(bench.checks['pin'], 'ok');
    assert.equal(bench.code(sale('000002', 100, { '52': block, '53': '2600000000000000' })), '99');
    const wrong = encryptPin(pik, '000000', pan, 1);
    assert.equal(bench.code(sale('000003', 100, { '52': wrong, '53': '1600000000000000' })), '55');
    assert.equal(bench.code(sale('000004', 100, { '53': '3600000000000000' })), '99');
  });
});
