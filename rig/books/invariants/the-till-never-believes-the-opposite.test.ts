import assert from 'node:assert/strict';
import type { TillRecord } from '../../model/book.ts';
import { cny, Story, totals } from '../fixture.ts';
import { theTillNeverBelievesTheOpposite as invariant } from './the-till-never-believes-the-opposite.ts';

const record = (outcome: TillRecord['outcome'], at: number, more: Partial<TillRecord> = {}): TillRecord => ({
  reference: 'T-1',
  outcome,
  amount: cny('20.00'),
  at,
  ...more,
});

describe(invariant.name, () => {
  it('holds when the till was told what the host did, or nothing certain', () => {
    const story = new Story();
    const sale = story.transaction();
    story.till.push(record('approved', 0, { stan: sale.stan }));
    story.transaction({ state: 'declined', outcome: 'declined', slip: false });
    story.till.push(record('declined', story.steps.at(-1)?.to ?? 0));
    story.transaction({ outcome: 'no-answer', slip: false });
    story.till.push(record('unknown', story.steps.at(-1)?.to ?? 0));
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a till told approved without a charge, and by one told declined with one', () => {
    const approved = new Story();
    approved.transaction({ state: 'declined', outcome: 'declined', slip: false });
    approved.till.push(record('approved', approved.steps.at(-1)?.to ?? 0));
    const judgement = approved.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /T-1 of CNY 20\.00 is approved.*only sale voucher 000001.*declined/);
    const declined = new Story();
    const sale = declined.transaction();
    declined.till.push(record('declined', 0, { stan: sale.stan }));
    assert.match(declined.judge(invariant).reason, /is declined, but the host booked sale voucher 000001/);
  });

  it('does not know of a refund whose answer a fault kept away: it has no reversal', () => {
    const story = new Story();
    const refund = story.transaction({ kind: 'refund', outcome: 'no-answer', slip: false });
    const [step] = story.steps;
    assert.ok(step);
    story.till.push(record('declined', step.to, { kind: 'refund', stan: refund.stan }));
    assert.equal(story.judge(invariant).holds, 'no');
    const disturbed = [{ spoilt: true, from: step.from, to: step.to }];
    assert.equal(story.judge(invariant, { disturbed }).holds, 'unknown');
  });

  it('is broken by another amount', () => {
    const story = new Story();
    const sale = story.transaction();
    story.till.push(record('approved', 0, { stan: sale.stan, amount: cny('2.00') }));
    assert.equal(story.judge(invariant).holds, 'no');
  });

  it('holds of voids, refunds, holds and completions, and is broken by each that the till has the wrong way round', () => {
    for (const [kind, state] of [
      ['void', 'posted'],
      ['refund', 'posted'],
      ['pre-auth', 'held'],
      ['completion', 'posted'],
    ] as const) {
      for (const [outcome, there] of [
        ['approved', true],
        ['declined', false],
        ['approved', false],
        ['declined', true],
      ] as const) {
        const story = new Story();
        story.transaction({ amount: cny('50.00') });
        const entry = story.transaction({
          kind,
          state: there ? state : 'declined',
          outcome: 'no-answer',
          slip: false,
        });
        const stan = outcome === 'approved' ? { stan: entry.stan } : {};
        story.till.push(record(outcome, story.steps.at(-1)?.to ?? 0, { kind, ...stan }));
        const judgement = story.judge(invariant);
        const right = (outcome === 'approved') === there;
        assert.equal(
          judgement.holds,
          right ? 'yes' : 'no',
          `${kind} told ${outcome}, ${there ? state : 'declined'}`,
        );
      }
    }
  });

  it('is broken by a day that the till takes for closed and the host does not, and the other way round', () => {
    const told = (outcome: TillRecord['outcome'], result: 'balanced' | 'error') => {
      const story = new Story();
      story.transaction();
      story.settle(totals('20.00', 1), { result });
      story.till.push(record(outcome, story.steps.at(-1)?.to ?? 0, { kind: 'settlement' }));
      return story.judge(invariant).holds;
    };
    assert.deepEqual(
      [
        told('approved', 'balanced'),
        told('declined', 'error'),
        told('approved', 'error'),
        told('declined', 'balanced'),
      ],
      ['yes', 'yes', 'no', 'no'],
    );
  });

  it('is not broken by a day of which the till learnt later, and not known where a fault stood in the way', () => {
    const story = new Story();
    story.settle(totals('20.00', 1), {}, false, 'no-answer');
    const [step] = story.steps;
    assert.ok(step);
    story.till.push(record('declined', step.to, { kind: 'settlement' }));
    assert.equal(story.judge(invariant).holds, 'no');
    const disturbed = [{ spoilt: false, from: step.from, to: step.to }];
    assert.equal(story.judge(invariant, { disturbed }).holds, 'unknown');
    const earlier = [{ spoilt: true, from: 0, to: 0 }];
    assert.equal(story.judge(invariant, { disturbed: earlier }).holds, 'no');
    story.settle(totals('20.00', 1));
    story.till.push(record('approved', story.steps.at(-1)?.to ?? 0, { kind: 'settlement' }));
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('knows that the host closes a batch with the end of its upload, which may come in a later end of day', () => {
    const story = new Story();
    const parts = { result: 'not-balanced', counted: totals('0.00', 0), uploadEnded: true } as const;
    story.settle(totals('20.00', 1), parts, false, 'no-answer');
    const [first] = story.steps;
    assert.ok(first);
    story.till.push(record('declined', first.to, { kind: 'settlement' }));
    const from = story.tick();
    const [began] = story.exchanges.slice(-1);
    assert.ok(began);
    const request = { ...began.request, kind: 'batch-upload-end' as const };
    story.exchanges.push({ ...began, request, at: story.tick() });
    story.steps.push({ ...first, step: 1, outcome: 'done', from, to: story.tick() });
    assert.equal(story.judge(invariant).holds, 'yes', 'it was not closed when the till was told so');
    story.till.push(record('approved', story.steps.at(-1)?.to ?? 0, { kind: 'settlement' }));
    assert.equal(story.judge(invariant).holds, 'yes', 'and was when it was told that');
    story.till.splice(1, 1, record('declined', story.steps.at(-1)?.to ?? 0, { kind: 'settlement' }));
    assert.equal(story.judge(invariant).holds, 'no');
  });
});
