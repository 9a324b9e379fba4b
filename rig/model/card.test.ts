import assert from 'node:assert/strict';
import fc from 'fast-check';
import { luhnValid, maskPan, TestCard, track2Of } from './card.ts';

describe('cards', () => {
  it('never shows more than six and four digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{8,19}$/), (pan) => {
        const masked = maskPan(pan);
        assert.equal(masked.length, pan.length);
        assert.ok(masked.replace(/\D/g, '').length <= 10);
        assert.ok(masked.includes('**'));
      }),
    );
    assert.equal(maskPan('6299990000000000012'), '629999*********0012');
  });

  it('track 2 keeps within 37 characters for every PAN length', () => {
    for (const pan of ['629999000001', '6299990000000033', '6299990000000000012']) {
      const card = TestCard.parse({
        id: 'c',
        title: { en: 'c', zh: 'c' },
        scheme: 'CUP',
        pan,
        expiry: '3012',
        pin: '1234',
        entry: ['chip'],
      });
      const track = track2Of(card);
      assert.ok(track.length <= 37 && track.startsWith(`${pan}=3012220`), track);
    }
  });

  it('checks the check digit', () => {
    assert.ok(luhnValid('6299990000000000012'));
    assert.ok(!luhnValid('6299990000000000013'));
  });
});
