import assert from 'node:assert/strict';
import type { CapturedSlip } from '../bench/planes.ts';
import { untold } from './untold.ts';

const slip = (letters?: 'latin') => ({ receipt: { letters } }) as unknown as CapturedSlip;

describe('what a link cannot tell', () => {
  it('is what is looked for in letters that it does not carry', () => {
    assert.match(untold(slip('latin'), { texts: ['无锡样板商店'] }) ?? '', /none of 无锡样板商店/);
    assert.match(untold(slip('latin'), { texts: ['/TOTAL|合计/'] }) ?? '', /none of 合计/);
    assert.equal(untold(slip('latin'), { texts: ['Ambulance Café 12,50 €'] }), undefined);
  });

  it('is a name of which nobody knows in which letters it is, and never a number', () => {
    assert.match(untold(slip('latin'), { fields: ['merchant-name'] }) ?? '', /merchant-name/);
    assert.equal(untold(slip('latin'), { fields: ['stan'] }), undefined);
    assert.equal(untold(slip('latin'), { fields: ['merchant-name', 'merchant-id'] }), undefined);
  });

  it('is nothing where the link, or the paper, carries all', () => {
    assert.equal(untold(slip(), { texts: ['无锡'], fields: ['merchant-name'] }), undefined);
  });
});
