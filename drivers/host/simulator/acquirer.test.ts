import assert from 'node:assert/strict';
import { unpackWorkingKeys, verifyMac } from '../../codec/iso8583/index.ts';
import { AcquirerBench, signedOn } from '../testing/acquirer-bench.ts';
import { card, dialect, type Fields, keys, MAK, read, requests, TERMINAL } from '../testing/terminal.ts';

const { sale } = requests;

describe('acquirer: sign-on', () => {
  it('sends working keys, batch, date and time in the published form', () => {
    const bench = new AcquirerBench();
    const reply = bench.ask(requests.signOn());
    const at = reply.mtiAt;
    assert.equal(
      Buffer.from(reply.bytes.subarray(at, at + 10))
        .toString('hex')
        .toUpperCase(),
      '0810003800010AC00014',
    );
    assert.equal(reply.tpdu, '6000000003');
    assert.deepEqual(
      ['12', '13', '39', '60'].map((id) => reply.fields[id]),
      ['150406', '1122', '00', '00000001003'],
    );
    const { pik, mak } = unpackWorkingKeys(
      keys.terminals.get(TERMINAL)?.tmk ?? new Uint8Array(),
      Buffer.from(reply.fields['62'] ?? '', 'hex'),
    );
    assert.deepEqual([pik, mak], [keys.working.pik, keys.working.mak]);
    assert.equal(reply.fields['64'], undefined);
  });

  it('sends the track key to a terminal that asks for it', () => {
    const reply = new AcquirerBench().ask(requests.signOn({ '60': '00000000004' }));
    const tmk = keys.terminals.get(TERMINAL)?.tmk ?? new Uint8Array();
    const { tdk } = unpackWorkingKeys(tmk, Buffer.from(reply?.fields['62'] ?? '', 'hex'));
    assert.deepEqual(tdk, keys.working.tdk);
  });

  it('does not send keys in a form that they do not have', () => {
    assert.equal(new AcquirerBench().code(requests.signOn({ '60': '00000000001' })), '40');
  });

  it('turns away terminals and merchants that it does not know', () => {
    const bench = signedOn();
    assert.equal(bench.code(requests.signOn({ '41': '99999999' })), '97');
    assert.equal(bench.code(sale('000001', 100, { '41': '99999999' })), '97');
    assert.equal(bench.code(requests.signOn({ '42': '898320400000002' })), '03');
    assert.deepEqual(bench.states(), []);
  });

  it('books nothing for a terminal that is signed off', () => {
    const bench = new AcquirerBench();
    assert.equal(bench.code(sale('000001', 100)), '77');
    bench.signedOn();
    assert.equal(bench.code(sale('000002', 100)), '00');
    assert.equal(bench.code(requests.echo()), '00');
    assert.equal(bench.code(requests.signOff()), '00');
    assert.equal(bench.code(sale('000003', 100)), '77');
    assert.deepEqual(bench.states(), ['sale refused 77', 'sale posted 00', 'sale refused 77']);
  });
});

describe('acquirer: sale', () => {
  it('approves, books and answers with the amount, RRN, authorisation code, issuer and a MAC', () => {
    const bench = signedOn();
    const reply = bench.raw(sale('000007', 12850));
    const { mti, fields } = read(reply.frame);
    assert.equal(mti, '0210');
    assert.equal(verifyMac(dialect, reply.frame ?? new Uint8Array(), MAK), 'ok');
    assert.deepEqual(reply.checks, { mac: 'ok', pin: 'ok' });
    assert.deepEqual(
      ['4', '11', '39', '41', '44.1', '44.2', '63.1'].map((id) => fields[id]),
      ['000000012850', '000007', '00', TERMINAL, '01020000   ', '48020000   ', 'CUP'],
    );
    const entry = bench.last();
    assert.deepEqual(
      { ...entry, id: '', rrn: fields['37'], authCode: fields['38'] },
      {
        id: '',
        kind: 'sale',
        state: 'posted',
        terminal: TERMINAL,
        merchant: '898320400000001',
        stan: '000007',
        batch: '000001',
        rrn: entry.rrn,
        authCode: entry.authCode,
        responseCode: '00',
        requested: { minor: 12850, currency: 'CNY' },
        booked: { minor: 12850, currency: 'CNY' },
        pan: '629999*********0012',
        region: 'wuxi',
        date: '1122',
        at: 2000,
      },
    );
    assert.match(entry.rrn, /^6326\d\d\d{6}$/); // 2026, day 326
    assert.match(entry.authCode, /^\d{6}$/);
  });

  it('knows the card from track 2 when F2 is not sent', () => {
    const bench = signedOn();
    const [mti, { '2': _, ...fields }] = sale('000001', 100, {
      '22': '021',
      '35': '6299990000000000012=30122200000000000',
    });
    assert.equal(bench.code([mti, fields]), '00');
    assert.equal(bench.last().pan, '629999*********0012');
  });

  it('declines without moving money', () => {
    const bench = signedOn();
    const other = card('debit-2');
    const wrongPin = sale('000001', 100)[1]['52'] ?? '';
    for (const [request, code, mak] of [
      [sale('000011', 100, { '2': '6299990000000000999' }), '14'],
      [
        sale('000012', 100, { '52': sale('0', 1, {}, { ...card('debit-1'), pin: '999999' })[1]['52'] ?? '' }),
        '55',
      ],
      // A PIN block made for another card is no block for this one.
      [sale('000013', 100, { '52': wrongPin }, other), '99'],
      [sale('000014', 100, { '53': '1600000000000000' }), '99'],
      [sale('000015', 100), 'A0', Buffer.alloc(8, 0x31)],
      [sale('000016', 100, { '60': '2200000900060' }), '77'],
      [sale('000017', 0), '13'],
    ] as const) {
      assert.equal(bench.code([...request] as [string, Fields], mak), code);
      assert.notEqual(bench.last().state, 'posted');
      assert.equal(bench.last().booked.minor, 0);
    }
    const [mti, fields] = sale('000018', 100);
    assert.equal(bench.code([mti, fields], 'no-mac'), 'A0');
  }).timeout(60_000);

  it('refuses a STAN that came before in the batch, and books it once', () => {
    const bench = signedOn();
    assert.equal(bench.code(sale('000001', 100)), '00');
    assert.equal(bench.code(sale('000001', 100)), '94');
    assert.deepEqual(bench.states(), ['sale posted 00', 'sale refused 94']);
  });

  it('answers 40 to what it does not know, and nothing to an answer', () => {
    const bench = signedOn();
    assert.equal(
      bench.code([
        '0100',
        { '3': '030000', '11': '000001', '41': TERMINAL, '42': '898320400000001', '60': '1000000100060' },
      ]),
      '40',
    );
    assert.equal(
      bench.raw(['0210', { '3': '000000', '11': '000001', '60': '2200000100060' }]).frame,
      undefined,
    );
  });
});
