import assert from 'node:assert/strict';
import { BOOK_INVARIANTS, closeBooks } from './books.ts';
import { cny, Story, totals } from './fixture.ts';

const verdicts = (closed: ReturnType<typeof closeBooks>) =>
  Object.fromEntries(closed.results.map(({ name, verdict }) => [name, verdict]));

/** A day with a sale, a declined one, a lost and reversed one, a void and a settlement. */
function soundDay() {
  const story = new Story();
  story.transaction({ amount: cny('128.50') });
  story.transaction({ state: 'declined', outcome: 'declined', slip: false });
  story.reverse(story.transaction({ outcome: 'no-answer', slip: false }));
  const sale = story.transaction({ amount: cny('5.00') });
  story.transaction({ kind: 'void', amount: cny('5.00'), entry: { of: sale.id } });
  story.change(sale, { state: 'voided' });
  story.settle(totals('133.50', 2, '5.00', 1));
  return story;
}

describe('closing the books', () => {
  it('passes a sound day by every invariant', () => {
    const closed = closeBooks(soundDay().books());
    assert.deepEqual(
      // No acquirer gave an export of its own.
      closed.results.filter(
        ({ name, verdict }) => verdict !== 'passed' && name !== 'the-export-is-what-was-seen',
      ),
      [],
    );
    assert.deepEqual(closed.kept, ['host', 'slips', 'till', 'terminal']);
  });

  it('neither passes nor fails by values of slips that were read from a picture without being sure', () => {
    const read = (fields: Readonly<Record<string, number>>, legible = 0.95, amount?: string) => {
      const books = soundDay().books();
      assert.ok(books.slips.state === 'kept');
      const content = books.slips.content.map((slip) => ({
        ...slip,
        fields: amount && slip.copy === 'merchant' ? { ...slip.fields, amount } : slip.fields,
        reading: { fields, legible },
      }));
      return verdicts(closeBooks({ ...books, slips: { state: 'kept', content } }));
    };
    const well = read({ amount: 96, 'sales-count': 97 });
    assert.equal(well['slip-amount-equals-the-ledger'], 'passed');
    assert.equal(well['settlement-slip-equals-the-claim'], 'passed');
    assert.equal(read({ amount: 96 }, 0.95, 'RMB 1.00')['slip-amount-equals-the-ledger'], 'failed');
    assert.equal(read({ amount: 40 }, 0.95, 'RMB 1.00')['slip-amount-equals-the-ledger'], 'inconclusive');
    assert.equal(read({ amount: 40 })['slip-amount-equals-the-ledger'], 'inconclusive');
    assert.equal(read({ amount: 40 })['settlement-slip-equals-the-claim'], 'passed');
    assert.equal(read({ 'credit-count': 40 })['settlement-slip-equals-the-claim'], 'inconclusive');
    assert.equal(read({}, 0)['no-slip-without-a-charge'], 'inconclusive');
    assert.equal(read({}, 0)['an-approval-moved-the-money'], 'passed');
  });

  it('names every invariant once, in both languages', () => {
    const names = BOOK_INVARIANTS.map((invariant) => invariant.name);
    assert.equal(new Set(names).size, 22);
    for (const { name, title } of BOOK_INVARIANTS) {
      assert.match(name, /^[a-z]+(-[a-z]+)+$/);
      assert.ok(title.en.length > 0 && /\p{Script=Han}/u.test(title.zh), name);
    }
  });

  it('skips what nobody keeps a book for, and says which book is missing', () => {
    const closed = closeBooks(
      soundDay().books({
        till: { state: 'absent', why: 'this bench has no till' },
        slips: { state: 'absent', why: 'no printer is captured' },
      }),
    );
    const by = verdicts(closed);
    assert.equal(by['the-till-never-believes-the-opposite'], 'skipped');
    assert.equal(by['no-charge-without-a-slip'], 'skipped');
    assert.equal(by['an-approval-moved-the-money'], 'passed');
    assert.deepEqual(closed.missing, [
      { book: 'slips', why: 'no printer is captured' },
      { book: 'till', why: 'this bench has no till' },
    ]);
  });

  it('never takes a book that was not read for an empty one', () => {
    const story = soundDay();
    story.transaction({ slip: false });
    const unread = { state: 'unread', why: 'the port was lost' } as const;
    const slips = closeBooks(story.books({ slips: unread }));
    assert.equal(verdicts(slips)['no-charge-without-a-slip'], 'inconclusive');
    const nothing = closeBooks(story.books({ host: unread, slips: unread, till: unread, terminal: unread }));
    assert.ok(
      nothing.results.every(
        (result) => result.verdict === 'inconclusive' && result.reason.includes('the port was lost'),
      ),
    );
    assert.deepEqual(nothing.kept, []);
  });

  it('turns the same finding into failed or broken, by who is under test', () => {
    const story = new Story();
    story.transaction();
    story.settle(totals('20.00', 1), {
      counted: totals('0', 0),
      result: 'not-balanced',
      uploadEnded: true,
      uploaded: [{ stan: '000001', amount: cny('20.00') }],
    });
    const name = 'host-totals-are-its-ledger';
    assert.equal(verdicts(closeBooks(story.books()))[name], 'broken');
    assert.equal(verdicts(closeBooks(story.books({ underTest: ['acquirer'] })))[name], 'failed');
  });

  it('quotes no card number, not even a masked one', () => {
    const story = soundDay();
    story.transaction({ slip: false });
    story.transaction({ state: 'declined' });
    for (const { reason } of closeBooks(story.books()).results) assert.doesNotMatch(reason, /629999/);
  });
});
