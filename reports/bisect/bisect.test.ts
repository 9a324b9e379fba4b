import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bisect, type Seen, together } from './bisect.ts';

describe('bisecting a list of firmware', () => {
  const from = (seen: readonly Seen[]) =>
    bisect(
      seen.map((_, i) => i),
      (_, i) => Promise.resolve(seen[i] ?? 'unknown'),
    );

  it('finds the first bad one wherever it is, in few looks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 200 }), fc.nat(), async (length, where) => {
        const first = 1 + (where % (length - 1));
        const found = await from(Array.from({ length }, (_, i) => (i < first ? 'good' : 'bad')));
        assert.deepEqual(
          [found.lastGood, found.firstBad, found.between, found.why],
          [first - 1, first, [], undefined],
        );
        assert.ok(
          found.looks.length <= Math.ceil(Math.log2(length)) + 2,
          `${found.looks.length} looks at ${length}`,
        );
      }),
    );
  });

  it('skips what cannot be told, never looks twice, and names what stays open', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 2, maxLength: 40 }),
        fc.nat(),
        async (told, where) => {
          const first = where % told.length;
          const seen = told.map((can, i): Seen => (can ? (i < first ? 'good' : 'bad') : 'unknown'));
          const found = await from(seen);
          assert.equal(new Set(found.looks.map(({ index }) => index)).size, found.looks.length);
          const goods = seen.flatMap((one, i) => (one === 'good' ? [i] : []));
          const bads = seen.flatMap((one, i) => (one === 'bad' ? [i] : []));
          if (goods.length === 0 || bads.length === 0) return assert.ok(found.why);
          const [low, high] = [goods.at(-1) ?? 0, bads[0] ?? 0];
          assert.deepEqual([found.lastGood, found.firstBad], [low, high]);
          assert.equal(found.between.length, high - low - 1);
        },
      ),
    );
  });

  it('says why there is no answer', async () => {
    assert.match((await from(['good', 'good'])).why ?? '', /newest .* is good/);
    assert.match((await from(['bad', 'bad'])).why ?? '', /oldest .* is bad already/);
    assert.match((await from(['unknown', 'unknown'])).why ?? '', /nothing could be told/);
    assert.match((await from([])).why ?? '', /nothing could be told/);
  });

  it('takes several runs together', () => {
    assert.equal(together(['good', 'bad', 'good'], 'any'), 'bad');
    assert.equal(together(['good', 'bad', 'good'], 'majority'), 'good');
    assert.equal(together(['good', 'bad'], 'majority'), 'unknown');
    assert.equal(together(['good', 'unknown'], 'any'), 'good');
    assert.equal(together(['unknown'], 'any'), 'unknown');
  });
});
