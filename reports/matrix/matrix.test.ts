import assert from 'node:assert/strict';
import type { LedgerEntry, Settlement } from '../../rig/model/book.ts';
import type { Verdict } from '../../rig/model/verdict.ts';
import { booksOf, type Column, matrixOf, type Told } from './matrix.ts';
import { renderConsole, renderPage } from './render.ts';

const column = (profile: string, by: 'keypad' | 'till'): Column => ({
  profile,
  title: `Model ${profile}`,
  by,
  bench: `bench-${profile}`,
  folder: `runs/${profile}-${by}`,
});
const told = (id: string, verdict: Verdict, books?: readonly string[], reason?: string): Told => ({
  id,
  title: { en: `Title of ${id}`, zh: `${id} 标题` },
  verdict,
  books,
  ...(reason === undefined ? {} : { reason }),
});
const fen = (minor: number) => ({ minor, currency: 'CNY' });
const SALE: LedgerEntry = {
  id: 'L00007',
  kind: 'sale',
  terminal: '30001001',
  merchant: '898320400000001',
  stan: '000002',
  batch: '000001',
  rrn: '632622000002',
  pan: '629999*********0012',
  region: 'wuxi',
  date: '1122',
  at: 12,
  requested: fen(12850),
  booked: fen(12850),
  state: 'reversed',
  responseCode: '00',
  authCode: '115838',
};
const DAY: Settlement = {
  terminal: '30001001',
  batch: '000001',
  claimed: { debit: fen(0), debitCount: 0, credit: fen(0), creditCount: 0 },
  counted: { debit: fen(0), debitCount: 0, credit: fen(0), creditCount: 0 },
  result: 'balanced',
  uploaded: [],
  uploadEnded: false,
  at: 90,
};

describe('matrix of models and hands', () => {
  const matrix = matrixOf([
    [column('vt-4', 'keypad'), [told('A-1', 'passed', ['sale 1']), told('B-1', 'passed', ['sale 1'])]],
    [column('vt-4', 'till'), [told('A-1', 'passed', ['sale 1']), told('B-1', 'passed', ['sale 2'])]],
    [
      column('vt-6', 'keypad'),
      [told('A-1', 'skipped', undefined, '<no> tap'), told('C-1', 'failed', ['sale 9'])],
    ],
  ]);

  it('has every scenario of every run, and says where the books are the same', () => {
    assert.deepEqual(
      matrix.rows.map(({ id, books }) => [id, books]),
      [
        ['A-1', 'same'],
        ['B-1', 'differ'],
        ['C-1', 'alone'],
      ],
    );
    assert.deepEqual(matrix.counts, { same: 1, differ: 1, alone: 1 });
    assert.deepEqual(
      matrix.rows[1]?.cells.map((cell) => cell?.variant),
      [1, 2, undefined],
    );
    assert.equal(matrix.rows[2]?.cells[2]?.variant, undefined, 'what failed proves nothing about books');
  });

  it('compares what two terminals can have alike, and nothing of what is their own', () => {
    const other = {
      ...SALE,
      id: 'L00031',
      stan: '000077',
      rrn: '1',
      batch: '000009',
      at: 99,
      terminal: '30001002',
    };
    assert.deepEqual(booksOf([SALE], [DAY]), booksOf([other], [{ ...DAY, batch: '000009', at: 1 }]));
    for (const change of [
      { state: 'posted' },
      { requested: fen(12851) },
      { kind: 'refund' },
      { region: 'chengdu' },
    ] as const)
      assert.notDeepEqual(booksOf([SALE], []), booksOf([{ ...SALE, ...change }], []));
    assert.notDeepEqual(
      booksOf([], [DAY]),
      booksOf([], [{ ...DAY, result: 'not-balanced' } as unknown as Settlement]),
    );
    const reversal = { ...SALE, id: 'L00008', kind: 'reversal', of: 'L00007' } as LedgerEntry;
    assert.match(booksOf([SALE, reversal], [])[1] ?? '', /of 1/);
  });

  it('is told on a console and on a page, in both languages', async () => {
    const text = renderConsole(matrix, { lang: 'en', color: false, width: 100 });
    assert.match(text, /B-1.*✓ ✓2.*differ/);
    assert.match(text, /same books everywhere: 1; not: 1; passed in fewer than two columns: 1/);
    const page = await renderPage(matrix, 'en');
    assert.match(page, /Books that differ/);
    assert.ok(page.includes('&lt;no&gt; tap') && !page.includes('<no>'), 'what comes from files is text');
    const chinese = await renderPage(matrix, 'zh');
    for (const word of ['收银机发起', '不一致', '1 个场景账目处处一致'])
      assert.ok(chinese.includes(word), word);
  });
});
