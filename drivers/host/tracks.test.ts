import assert from 'node:assert/strict';
import { TestCard } from '../../rig/model/card.ts';
import { isForeign } from './tracks.ts';

describe('cards outside the card file', () => {
  const card = TestCard.parse({
    id: 'debit-1',
    title: { en: 'One', zh: '一' },
    scheme: 'CUP',
    pan: '6299990000000000012',
    expiry: '3012',
    pin: '123456',
    entry: ['chip'],
  });

  it('are those with a real number that nobody knows; a misread one is none', () => {
    assert.equal(isForeign('4111111111111111', undefined), true);
    assert.equal(isForeign('4111111111111112', undefined), false, 'the check digit is wrong: misread');
    assert.equal(isForeign('', undefined), false);
    assert.equal(isForeign(card.pan, card), false);
  });
});
