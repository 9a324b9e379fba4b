import assert from 'node:assert/strict';
import { Story, totals } from '../fixture.ts';
import { nothingLeftPending as invariant } from './nothing-left-pending.ts';

const mismatch = { counted: totals('0', 0), result: 'not-balanced' } as const;

describe(invariant.name, () => {
  it('holds when nothing is owed and the upload came to its end', () => {
    const story = new Story();
    story.transaction();
    story.settle(totals('20.00', 1), { ...mismatch, uploadEnded: true });
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a reversal still owed after recovery', () => {
    const story = new Story();
    story.transaction();
    const judgement = story.judge(invariant, {
      terminal: { state: 'kept', content: { reversalOwed: true } },
    });
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /still shows that it owes a reversal/);
  });

  it('is broken by an upload that was called for and never ended, and by a settlement in error', () => {
    const story = new Story();
    story.settle(totals('20.00', 1), mismatch);
    const judgement = story.judge(invariant);
    assert.equal(judgement.holds, 'no');
    assert.match(judgement.reason, /claimed 1 sale of CNY 20\.00.*host 0 sales.*never ended/);
    story.settle(totals('20.00', 1), { result: 'error' });
    assert.match(story.judge(invariant).reason, /answered with an error/);
  });

  it('is not asked of books closed as they are, and not known when the screen was not read', () => {
    const story = new Story();
    assert.equal(story.judge(invariant, { close: 'as-is' }).holds, 'not-asked');
    assert.equal(
      story.judge(invariant, { terminal: { state: 'unread', why: 'the camera is gone' } }).holds,
      'unknown',
    );
    assert.equal(story.judge(invariant, { terminal: { state: 'absent', why: 'no display' } }).holds, 'yes');
  });
});
