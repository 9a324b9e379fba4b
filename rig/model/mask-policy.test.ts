import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fitsCard, fitsPolicy, legibleDigits, MASK_POLICIES, MASK_POLICY_NAMES } from './mask-policy.ts';

const PAN = '6299990000000000012';

describe('masked card numbers', () => {
  for (const [printed, first, last] of [
    ['629999*********0012 I', '629999', '0012'],
    ['629999*********0012/S', '629999', '0012'],
    ['6299 99** **** ***0 012', '629999', '0012'],
    ['629999XXXXXXXXX0012', '629999', '0012'],
    ['629999xxxxxxxxx0012 (C)', '629999', '0012'],
    ['****0012', '', '0012'],
    ['...0012', '', '0012'],
    ['************0012 (C)', '', '0012'],
    ['629999＊＊＊＊＊＊＊＊＊００１２', '629999', '0012'],
    ['629999-######-0012', '629999', '0012'],
    ['0012', '', '0012'],
  ] as const)
    it(`reads ${printed}`, () => {
      assert.deepEqual([legibleDigits(printed)?.first, legibleDigits(printed)?.last], [first, last]);
      assert.equal(fitsCard(printed, PAN), true);
      assert.equal(fitsPolicy(printed, 'first6last4'), true);
    });

  it('no policy lets the whole number, digits in the middle, or nothing pass', () => {
    for (const policy of MASK_POLICY_NAMES)
      for (const printed of [PAN, `${PAN} I`, PAN.replace(/(.{4})/g, '$1 '), '62**00**0012', '', 'n/a'])
        assert.equal(fitsPolicy(printed, policy), false, `${policy}: ${printed}`);
  });

  it('each policy lets so many digits pass at either end, and not one more', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MASK_POLICY_NAMES),
        fc.nat(9),
        fc.nat(8),
        fc.constantFrom('*', 'X', '＊', '#', '•'),
        (policy, first, last, star) => {
          const printed =
            PAN.slice(0, first) + star.repeat(PAN.length - first - last) + PAN.slice(PAN.length - last);
          const may = MASK_POLICIES[policy];
          assert.equal(fitsPolicy(printed, policy), first <= may.first && last <= may.last, printed);
        },
      ),
    );
  });

  it('sees digits of another card', () => {
    assert.equal(fitsCard('629999*********0020', PAN), false);
    assert.equal(fitsCard('411111*********0012', PAN), false);
    assert.equal(fitsCard('*******************', PAN), false);
  });
});
