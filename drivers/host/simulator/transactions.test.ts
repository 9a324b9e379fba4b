import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { packaged } from '../../../rig/model/package-root.ts';
import { packListRequest, unpackDownload, unpackParameters } from '../../codec/iso8583/download-data.ts';
import { type DecodedMessage, encodeTlv } from '../../codec/iso8583/index.ts';
import { AcquirerBench, signedOn } from '../testing/acquirer-bench.ts';
import { amount12, card, requests, totals48 } from '../testing/terminal.ts';
import { loadDownloads } from './downloads.ts';

const { sale, moto, instalment, balance, offlineSale, adjust, reversal, settlement, management } = requests;

describe('acquirer: mail order and instalment', () => {
  it('are booked, voided and reversed like a sale', () => {
    for (const [request, kind, condition] of [
      [moto, 'moto', '08'],
      [instalment, 'instalment', '64'],
    ] as const) {
      const bench = signedOn();
      const first = bench.ask(request('000001', 5000));
      assert.equal(first.fields['39'], '00');
      assert.equal(bench.code(requests.void('000002', first, { '25': condition })), '00');
      bench.raw(request('000003', 700));
      assert.equal(bench.code(reversal('000003', 700, { '25': condition })), '00');
      // A reversal of a sale is none of this.
      bench.raw(request('000004', 900));
      assert.equal(bench.code(reversal('000004', 900)), '12');
      assert.deepEqual(
        bench.states().filter((state) => state.startsWith(kind)),
        [`${kind} voided 00`, `${kind} reversed 00`, `${kind} posted 00`],
      );
      assert.equal(bench.ask(settlement(totals48(5900, 2, 5000, 1))).fields['48.5'], '1');
    }
  });
});

describe('acquirer: balance', () => {
  it('tells what is available, less what was spent and is held, and books nothing', () => {
    const bench = signedOn().policy({ accounts: { 'debit-1': { balance: 100 } } });
    const told = (stan: string) => bench.ask(balance(stan)).fields['54'];
    assert.equal(told('000001'), '1002156C000000010000');
    bench.raw(sale('000002', 2500));
    bench.raw(requests.preAuth('000003', 500));
    assert.equal(told('000004'), '1002156C000000007000');
    bench.raw(reversal('000002', 2500));
    assert.equal(told('000005'), '1002156C000000009500');
    bench.raw(offlineSale('000006', 9600));
    assert.equal(told('000007'), '1002156D000000000100');
    assert.ok(!bench.states().some((state) => state.startsWith('balance')));
  });

  it('asks for the PIN, the MAC and a card that may', () => {
    const bench = signedOn();
    const wrong = sale('0', 1, {}, { ...card('debit-1'), pin: '999999' })[1]['52'] ?? '';
    assert.equal(bench.code(balance('000001', { '52': wrong })), '55');
    assert.equal(bench.code(balance('000002'), Buffer.alloc(8, 0x31)), 'A0');
    bench.policy({ accounts: { 'debit-1': { status: 'lost' } } });
    assert.equal(bench.code(balance('000003')), '41');
    assert.equal(new AcquirerBench().code(balance('000001')), '77');
  });
});

describe('acquirer: offline sale and adjustment', () => {
  it('books an offline sale once, however often it is uploaded', () => {
    const bench = signedOn();
    const upload = offlineSale('000001', 3000, { '38': '123456' });
    const [first, again] = [bench.ask(upload), bench.ask(upload)];
    assert.deepEqual(
      [first.fields['39'], again.fields['39'], again.fields['37']],
      ['00', '00', first.fields['37']],
    );
    assert.deepEqual(bench.states(), ['offline-sale posted 00']);
    assert.equal(bench.last().authCode, '123456');
    assert.equal(bench.code(offlineSale('000001', 3001)), '94');
    // It is done already: neither limits nor roaming are asked.
    bench.policy({ roaming: { allowed: false }, 'single-limit': { amount: 1 } }).region = 'chengdu';
    assert.equal(bench.code(offlineSale('000002', 4000)), '00');
    assert.equal(bench.ask(settlement(totals48(7000, 2))).fields['48.5'], '1');
  });

  it('books the amount that a tip or a correction leaves, once, and remembers the first', () => {
    const bench = signedOn();
    bench.raw(sale('000001', 10_000));
    bench.raw(offlineSale('000002', 3000));
    const tip = adjust('000003', 11_000, '000001', { '48': '000000001000' });
    assert.equal(bench.code(tip), '00');
    assert.equal(bench.code(tip), '00');
    assert.equal(bench.code(adjust('000004', 2500, '000002', {}, '32')), '00');
    assert.equal(bench.code(adjust('000005', 100, '000099')), '25');
    assert.equal(bench.code(adjust('000006', 100, '000001', { '2': card('debit-2').pan })), '12');
    const [first, second, ...rest] = bench.acquirer.ledger();
    assert.deepEqual([first?.requested.minor, first?.booked.minor], [10_000, 11_000]);
    assert.deepEqual([second?.requested.minor, second?.booked.minor], [3000, 2500]);
    assert.deepEqual(
      rest.map(({ kind, state, of }) => [kind, state, of]),
      [
        ['adjust', 'posted', 'L00001'],
        ['adjust', 'posted', 'L00002'],
        ['adjust', 'declined', undefined],
        ['adjust', 'declined', undefined],
      ],
    );
    assert.equal(bench.ask(settlement(totals48(13_500, 2))).fields['48.5'], '1');
  });

  it('a void takes back what the tip left', () => {
    const bench = signedOn();
    const original = bench.ask(sale('000001', 10_000));
    bench.raw(adjust('000002', 11_000, '000001'));
    assert.equal(bench.code(requests.void('000003', original)), '12');
    assert.equal(bench.code(requests.void('000004', original, { '4': amount12(11_000) })), '00');
    assert.equal(bench.code(adjust('000005', 12_000, '000001')), '12');
  });
});

describe('acquirer: notices', () => {
  it('hears script results of transactions that it knows', () => {
    const bench = signedOn();
    const original = bench.ask(sale('000001', 100));
    const reply = bench.raw(requests.scriptResult('000002', original));
    assert.equal(reply.checks['script'], 'result 2000000001');
    assert.equal(bench.code(requests.scriptResult('000003', original)), '00');
    assert.equal(
      bench.code(
        requests.scriptResult('000004', original, { '37': '999999999999', '61': '0000010000771122' }),
      ),
      '25',
    );
    assert.deepEqual(bench.states(), ['sale posted 00']);
  });

  it('sends an issuer script to a chip, and to nobody else', () => {
    const bench = signedOn().policy({ rules: [{ answer: { tags: { '72': '9F180400000001' } } }] });
    const chip = bench.ask(sale('000001', 100, { '55': '9F2608AABBCCDDEEFF0011' }));
    assert.equal(chip.fields['55.72'], '9F180400000001');
    assert.equal(bench.ask(sale('000002', 100)).fields['55'], undefined);
  });

  it('keeps the image that was signed, with the entry that it is for', () => {
    const bench = signedOn();
    const original = bench.ask(sale('000001', 12_850));
    const image = Buffer.from('97 4A 42 32'.replaceAll(' ', ''), 'hex');
    const reply = bench.raw(requests.signature(original, image));
    assert.deepEqual(reply.signature && { ...reply.signature, image: Buffer.from(reply.signature.image) }, {
      terminal: '30001001',
      stan: '000001',
      batch: '000001',
      rrn: original.fields['37'],
      of: 'L00001',
      image,
    });
    assert.equal(bench.code(requests.signature(original, image)), '00');
    assert.equal(bench.code(requests.signature(original, image), 'no-mac'), 'A0');
    assert.equal(
      bench.code(requests.signature(original, image, { '11': '000009', '37': '999999999999' })),
      '25',
    );
  });
});

describe('acquirer: downloads', () => {
  const text = (reply: DecodedMessage) => reply.fields['62'] ?? '';
  const bench = new AcquirerBench({
    downloads: loadDownloads(packaged('drivers/host/downloads/synthetic.yaml')),
  });

  it('sends parameters', () => {
    const parameters = unpackParameters(text(bench.ask(management('0800', '360'))));
    assert.equal(parameters['22'], '无锡样板商店');
    assert.equal(bench.code(management('0800', '361')), '00');
  });

  it('lists page by page, then item by item', () => {
    for (const [list, item, end, tag] of [
      ['382', '380', '381', 'DF11'],
      ['372', '370', '371', 'DF02'],
    ] as const) {
      const flags: string[] = [];
      const names: [string, string][][] = [];
      for (let more = true; more; ) {
        const page = unpackDownload(text(bench.ask(management('0820', list, packListRequest(names.length)))));
        flags.push(page.flag);
        more = page.more;
        for (const object of page.objects) {
          if (object.tag === '9F06') names.push([]);
          if (object.tag !== 'DF05') names.at(-1)?.push([object.tag, object.value]);
        }
      }
      assert.deepEqual(flags, ['2', '3']);
      assert.equal(names.length, 3);
      for (const name of names) {
        const { objects } = unpackDownload(text(bench.ask(management('0800', item, encodeTlv(name)))));
        const of = (wanted: string) => objects.find((object) => object.tag === wanted)?.value ?? '';
        assert.equal(of('9F06'), name[0]?.[1]);
        assert.ok(of(tag).length > 0);
        if (item === '370') {
          const hashed = Buffer.from(of('9F06') + of('9F22') + of('DF02') + of('DF04'), 'hex');
          assert.equal(of('DF03'), createHash('sha1').update(hashed).digest('hex').toUpperCase());
        }
      }
      assert.equal(unpackDownload(text(bench.ask(management('0820', list, packListRequest(3))))).flag, '0');
      const unknown = bench.ask(management('0800', item, encodeTlv([['9F06', 'FFFF']])));
      assert.deepEqual([unknown.fields['39'], unpackDownload(text(unknown)).flag], ['25', '0']);
      assert.equal(bench.code(management('0800', item, Buffer.from('9F'))), '25');
      assert.equal(bench.code(management('0800', end)), '00');
    }
    assert.equal(bench.code(management('0820', '362')), '00');
  });
});

describe('acquirer: large batches', () => {
  it('settles no more items than a message can count: 79, then by its details', () => {
    const bench = signedOn();
    for (let n = 1; n <= 1000; n++) bench.raw(offlineSale(String(n).padStart(6, '0'), 100));
    const { fields } = bench.ask(settlement(totals48(100_000, 999)));
    assert.deepEqual([fields['39'], fields['48.5']], ['79', '3']);
    assert.equal(bench.acquirer.settlements().at(-1)?.counted.debitCount, 1000);
    for (let n = 1; n <= 1000; n++) {
      const detail = management('0800', '205')[1];
      const request = {
        ...detail,
        '4': amount12(100),
        '11': String(n).padStart(6, '0'),
        '60': '00000001205',
      };
      assert.equal(bench.code(['0320', request]), '00');
      // The answer was lost; the terminal sends it again.
      if (n === 500) assert.equal(bench.code(['0320', request]), '00');
    }
    const end = bench.raw(requests.upload('1000', '202'));
    assert.equal(end.checks['details'], 'all came');
    assert.equal(bench.acquirer.settlements().at(-1)?.uploaded.length, 1000);
    assert.equal(bench.ask(requests.signOn()).fields['60.2'], '000002');
  }).timeout(60_000);
});
