import assert from 'node:assert/strict';
import { cny, Story } from '../fixture.ts';
import type { Disturbance } from '../input.ts';
import { storedAndForwarded as invariant } from './stored-and-forwarded.ts';

describe(invariant.name, () => {
  const lost = (story: Story, index: number) => {
    const exchange = story.exchanges[index];
    if (!exchange) throw new Error('no such exchange');
    const { response: _, answeredAt: __, ...unanswered } = exchange;
    story.exchanges[index] = unanswered;
  };
  const told = (times: number) => {
    const story = new Story();
    const entry = story.transaction({ kind: 'offline-sale', outcome: 'stored', amount: cny('12.00') });
    for (let i = 1; i < times; i++) story.exchange(entry);
    story.exchanges.forEach((exchange, i) => {
      story.exchanges[i] = { ...exchange, answeredAt: exchange.at + 1 };
    });
    return story;
  };

  it('holds when a notice is told until it is answered', () => {
    assert.equal(told(1).judge(invariant).holds, 'yes');
    const story = told(3);
    lost(story, 0);
    lost(story, 1);
    story.transaction();
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a notice that is told again after its answer, quoting both', () => {
    const judgement = told(2).judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /answered \(offline-sale response.*code 00\) and told again/);
  });

  it('is not held against a terminal when a fault spoilt the dialogue, and is open when one only held it', () => {
    const judge = (...disturbed: Disturbance[]) => told(2).judge(invariant, { disturbed }).holds;
    const message = { kind: 'offline-sale', stan: '000001' };
    assert.equal(judge({ message, spoilt: true, from: 0, to: 0 }), 'yes');
    assert.equal(judge({ message, spoilt: false, from: 0, to: 0 }), 'unknown');
    assert.equal(judge({ spoilt: true, from: 0, to: Number.POSITIVE_INFINITY }), 'unknown');
    assert.equal(judge({ message: { ...message, stan: '000009' }, spoilt: true, from: 0, to: 0 }), 'no');
    assert.equal(judge({ message: { ...message, kind: 'sale' }, spoilt: true, from: 0, to: 0 }), 'no');
  });

  it('is broken by another transaction that goes before its repetition', () => {
    const story = told(1);
    lost(story, 0);
    story.transaction();
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(
      judgement.reason,
      /offline-sale request, voucher 000001.*found no answer.*sale request, voucher 000002/,
    );
  });
});
