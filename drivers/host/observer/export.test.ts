import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import type { HostPlane } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { decodeMessage } from '../../codec/iso8583/index.ts';
import { AcquirerBench } from '../testing/acquirer-bench.ts';
import { dialect, frameOf, read, requests } from '../testing/terminal.ts';
import { ExportMapping, readExport } from './export-file.ts';
import { Caller, Stand, until } from './testing/stand.ts';

const MAPPING = `version: 1
encoding: gb18030
skip-lines: 1
columns: { stan: 流水号, rrn: 参考号, amount: 金额, type: 类型, state: 状态, terminal: 终端号, batch: 批次 }
types: { 消费: sale, 撤销: void, 冲正: reversal }
states: { 成功: approved, 失败: declined, 已冲正: reversed }
ignore: [签到]
`;
const mapping = ExportMapping.parse({
  version: 1,
  columns: { stan: 'STAN', amount: 'Amount', type: 'Type', state: 'State', currency: 'Cur', date: 'When' },
  types: { SALE: 'sale' },
  states: { OK: 'posted' },
});
const text = (...lines: string[]) => Buffer.from(`\ufeff${lines.join('\r\n')}\r\n`);

describe("the acquirer's own export", () => {
  it('is read by its mapping: quotes, thousands, leading zeros, currencies, dates', () => {
    const [first, second] = readExport(
      text(
        'STAN,Amount,Type,State,Cur,When',
        '\'000012,"1,234.50",SALE,OK,,2026-11-22 15:04:05',
        '7,200,SALE,OK,392,1122',
      ),
      mapping,
      'x.csv',
    );
    assert.deepEqual(
      [first?.line, first?.stan, first?.amount, first?.date],
      [2, '000012', { minor: 123_450, currency: 'CNY' }, '1122'],
    );
    assert.deepEqual(
      [second?.stan, second?.amount, second?.date],
      ['000007', { minor: 200, currency: 'JPY' }, '1122'],
    );
  });

  it('tells line and word of what the mapping does not know', () => {
    for (const [line, what] of [
      ['1,1,TIP,OK,,', /^x\.csv:2: the mapping does not know the type "TIP"$/],
      ['1,1,SALE,??,,', /the mapping does not know the state "\?\?"/],
      ['1,1.234,SALE,OK,,', /"1\.234" is no amount in major units of CNY/],
      ['1,1,SALE,OK,XXX,', /"XXX" is no currency/],
    ] as const) {
      assert.throws(() => readExport(text('STAN,Amount,Type,State,Cur,When', line), mapping, 'x.csv'), {
        message: what,
      });
    }
    assert.throws(() => readExport(text('STAN,Amount', '1,2'), mapping, 'x.csv'), {
      message: 'x.csv:1: there is no column "Type", "State", "Cur", "When"',
    });
    assert.throws(() => readExport(text('STAN,"Amount', '1,2'), mapping, 'x.csv'), /x\.csv: /);
  });

  it('throws nothing but its own errors on garbage (property)', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (garbage) => {
        try {
          readExport(text('STAN,Amount,Type,State,Cur,When', garbage), mapping, 'x.csv');
        } catch (thrown) {
          assert.ok(isRigError(thrown), String(thrown));
        }
      }),
    );
  });

  describe('completes what was seen', () => {
    const folder = mkdtempSync(join(tmpdir(), 'posrig-export-'));
    const csv = join(folder, 'export.csv');
    const map = join(folder, 'mapping.yaml');
    let stand: Stand;
    let plane: HostPlane;
    let caller: Caller;
    /** What the acquirer answers; `undefined`: nothing. */
    let silent: boolean;
    before(() => writeFileSync(map, MAPPING));
    beforeEach(async () => {
      stand = new Stand();
      silent = false;
      rmSync(csv, { force: true });
      const bench = new AcquirerBench();
      const to = await stand.acquirer((socket) =>
        socket.on('data', (chunk) => {
          const message = decodeMessage(dialect, Uint8Array.from(chunk));
          const { frame } = bench.acquirer.answer(message, { region: 'wuxi', at: 0 });
          if (!silent && frame) socket.write(frame);
        }),
      );
      plane = await stand.observe(to, { probe: false, export: { file: csv, mapping: map } });
      caller = new Caller(await stand.dial(plane));
      await ask(requests.signOn());
    });
    afterEach(() => stand.close());
    after(() => rmSync(folder, { recursive: true, force: true }));

    const ask = async (request: Parameters<typeof frameOf>) => read(await caller.ask(frameOf(...request)));
    let version = 0;
    const write = (...lines: string[]) => {
      const head = ['2026-11-22 对账', '流水号,参考号,金额,类型,状态,终端号,批次'];
      // A blank more each time: another size, whatever the clock of the file system does.
      writeFileSync(
        csv,
        iconv.encode(`${[...head, ...lines].join('\n')}\n${'\n'.repeat(++version)}`, 'gb18030'),
      );
    };
    const brief = () => plane.ledger().map(({ id, state, booked, seen }) => [id, state, booked.minor, seen]);

    it('settles what was unknown, and stands beside what was seen', async () => {
      const answer = await ask(requests.sale('000001', 100));
      silent = true;
      caller.send(frameOf(...requests.sale('000002', 200)));
      await until(() => plane.exchanges().length === 3);
      assert.deepEqual(brief(), [
        ['S00001', 'posted', 100, undefined],
        ['S00002', 'unknown', 200, undefined],
      ]);
      const rrn = answer.fields['37'] ?? '';
      write(
        `000001,${rrn},1.00,消费,成功,30001001,000001`,
        '000002,,2.00,消费,成功,30001001,000001',
        '9,,0,签到,成功,30001001,1',
      );
      assert.deepEqual(brief(), [
        ['S00001', 'posted', 100, { state: 'posted', booked: { minor: 100, currency: 'CNY' }, rrn }],
        ['S00002', 'posted', 200, { state: 'unknown', booked: { minor: 200, currency: 'CNY' }, rrn: '' }],
      ]);
      assert.equal(plane.unread?.(0), undefined);
    });

    it('shows where the acquirer says otherwise, and what nobody saw, without moving an entry from its place', async () => {
      await ask(requests.sale('000001', 100));
      write(
        '000001,,1.50,消费,成功,30001001,000001',
        '000009,,9.00,消费,成功,30001001,000001',
        '000009,,9.00,消费,成功,40000000,000001',
      );
      const wrong = { state: 'posted', booked: { minor: 100, currency: 'CNY' } };
      const places = () => brief().map(([id]) => id);
      const [first, second] = brief();
      assert.deepEqual(first?.slice(0, 3), ['S00001', 'posted', 150]);
      const seen = first?.[3];
      assert.ok(typeof seen === 'object');
      assert.deepEqual({ state: seen.state, booked: seen.booked }, wrong);
      assert.deepEqual(second, ['X00004', 'posted', 900, 'nothing']);
      await ask(requests.sale('000002', 300));
      assert.deepEqual(places(), ['S00001', 'X00004', 'S00002']);
      await ask(requests.sale('000009', 900));
      assert.deepEqual(places(), ['S00001', 'S00003', 'S00002']);
    });

    it('is unread, never empty, while it cannot be read', () => {
      write('000001,,1.50,消费,？,30001001,000001');
      plane.ledger();
      assert.match(plane.unread?.(0) ?? '', /export\.csv:3: the mapping does not know the state/);
      write('000001,,1.50,消费,成功,30001001,000001');
      plane.ledger();
      assert.equal(plane.unread?.(0), undefined);
    });
  });
});
