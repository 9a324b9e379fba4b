import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Chain, endOfRecord } from './chain.ts';

const records = fc.array(
  fc.jsonValue().map((value) => JSON.stringify({ n: 1, value })),
  { minLength: 1, maxLength: 12 },
);
const chained = (texts: readonly string[]) => {
  const chain = new Chain();
  return { lines: texts.map((text) => chain.link(text)), head: chain.head };
};
const accepted = (lines: readonly string[]) => {
  const chain = new Chain();
  const broken = lines.findIndex((line) => !chain.accepts(Buffer.from(line)));
  return { upTo: broken < 0 ? lines.length : broken, head: chain.head };
};

const recordOf = (line: string) => {
  const bytes = Buffer.from(line);
  return bytes.toString('utf8', 0, endOfRecord(bytes));
};

describe('hash chain', () => {
  it('links as it is described: SHA-256 over the link before and the record', () => {
    const { lines } = chained(['{"n":1}', '{"n":2}']);
    const first = createHash('sha256')
      .update(`${'A'.repeat(43)}{"n":1}`)
      .digest('base64url');
    const second = createHash('sha256').update(`${first}{"n":2}`).digest('base64url');
    assert.deepEqual(lines, [`{"n":1,"hash":"${first}"}`, `{"n":2,"hash":"${second}"}`]);
  });

  it('accepts what it linked, and stays JSON that says the same', () =>
    fc.assert(
      fc.property(records, (texts) => {
        const { lines, head } = chained(texts);
        assert.deepEqual(accepted(lines), { upTo: lines.length, head });
        for (const [i, line] of lines.entries()) {
          const { hash, ...record } = JSON.parse(line) as Record<string, unknown>;
          assert.equal(`${recordOf(line)}}`, texts[i]);
          assert.equal(typeof hash, 'string');
          assert.deepEqual(record, JSON.parse(texts[i] ?? ''));
        }
      }),
    ));

  it('breaks exactly where a character was changed', () =>
    fc.assert(
      fc.property(
        records,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 32, max: 126 }),
        (texts, which, where, code) => {
          const { lines } = chained(texts);
          const at = which % lines.length;
          const line = lines[at] ?? '';
          const place = where % line.length;
          const changed = line.slice(0, place) + String.fromCharCode(code) + line.slice(place + 1);
          fc.pre(changed !== line);
          assert.equal(accepted(lines.with(at, changed)).upTo, at);
        },
      ),
    ));

  it('breaks where a record is taken out, put in or moved, and shows a cut tail by its head', () => {
    const { lines, head } = chained(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":3}']);
    const [a, b, c, d] = lines as [string, string, string, string];
    assert.equal(accepted([a, c, d]).upTo, 1);
    assert.equal(accepted([a, b, b, c, d]).upTo, 2);
    assert.equal(accepted([a, b, d, c]).upTo, 2);
    assert.notEqual(accepted([a, b, c]).head, head);
    assert.equal(accepted([a, b, c]).upTo, 3);
  });
});
