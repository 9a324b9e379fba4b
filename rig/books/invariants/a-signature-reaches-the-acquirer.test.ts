import assert from 'node:assert/strict';
import { Story } from '../fixture.ts';
import { aSignatureReachesTheAcquirer as invariant } from './a-signature-reaches-the-acquirer.ts';

describe(invariant.name, () => {
  const signed = (answer: { code: string; answered: boolean } | undefined) => {
    const story = new Story();
    const entry = story.transaction({ slip: { signature: 'YES' } });
    if (answer) {
      story.exchange({ ...entry, kind: 'signature', responseCode: answer.code });
      const last = story.exchanges.length - 1;
      const exchange = story.exchanges[last];
      if (exchange && answer.answered) story.exchanges[last] = { ...exchange, answeredAt: exchange.at + 1 };
    }
    return story;
  };

  it('holds when the acquirer took it, and where a pen signs', () => {
    assert.equal(signed({ code: '00', answered: true }).judge(invariant).holds, 'yes');
    const story = new Story();
    story.transaction();
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  for (const [name, answer] of [
    ['never sent', undefined],
    ['never answered', { code: '00', answered: false }],
    ['refused', { code: '96', answered: true }],
  ] as const)
    it(`is broken by a signature that was ${name}, quoting slip and entry`, () => {
      const judgement = signed(answer).judge(invariant);
      assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
      assert.match(judgement.reason, /merchant slip of voucher 000001.*sale voucher 000001/);
    });
});
