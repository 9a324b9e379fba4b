import assert from 'node:assert/strict';
import { Story } from '../fixture.ts';
import { noCopyIsPrintedTwice as invariant } from './no-copy-is-printed-twice.ts';

describe(invariant.name, () => {
  it('holds for a copy of each kind, and for what is marked when it comes again', () => {
    const story = new Story();
    const sale = story.transaction();
    story.transaction();
    story.slip(sale, 'merchant', {}, true);
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a second original, whatever step it comes in', () => {
    const story = new Story();
    const sale = story.transaction();
    story.slip(sale, 'merchant');
    const judged = story.judge(invariant);
    assert.ok(judged.holds === 'no' && judged.blame === 'terminal');
    assert.match(judged.reason, /merchant slip of voucher 000001.*printed before/);
  });

  it('forgives what the power cut in the operation that it belongs to', () => {
    const story = new Story();
    const sale = story.transaction({ outcome: null });
    story.slip(sale, 'merchant');
    assert.equal(story.judge(invariant).holds, 'yes');
  });
});
