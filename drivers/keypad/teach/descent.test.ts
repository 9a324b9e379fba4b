import assert from 'node:assert/strict';
import fc from 'fast-check';
import { whyNotDown } from './descent.ts';

describe('teach: how far a finger goes down at once', () => {
  it('ten millimetres, and one where keys are believed to be', () => {
    assert.equal(whyNotDown(-1, -10, undefined), undefined);
    assert.match(whyNotDown(-1, -10.1, undefined) ?? '', /10 mm at a time/);
    assert.equal(whyNotDown(-16, -4, -20), undefined, 'down to the height at which keys are touched');
    assert.match(whyNotDown(-16, -4.1, -20) ?? '', /below Z -20.00/);
    assert.equal(whyNotDown(-20, -1, -20), undefined);
    assert.match(whyNotDown(-21, -1.1, -20) ?? '', /1 mm at a time/);
  });

  it('up it goes as far as anybody likes, and down by a tenth always', () => {
    const z = fc.double({ min: -200, max: 0, noNaN: true });
    fc.assert(
      fc.property(
        z,
        fc.double({ min: -0.1, max: 60, noNaN: true }),
        fc.option(z, { nil: undefined }),
        (from, by, at) => {
          assert.equal(whyNotDown(from, by, at), undefined);
        },
      ),
    );
  });
});
