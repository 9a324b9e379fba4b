import assert from 'node:assert/strict';
import { loadProfile } from './load.ts';
import { valueOrThrow } from './load-issue.ts';
import type { Screen } from './planes.ts';
import { recognise } from './screens.ts';

describe('the screens of a profile', () => {
  const profile = {
    ...valueOrThrow(loadProfile('vt-4')).value,
    screens: {
      'signed-off': { match: ['^PLEASE SIGN ON'] },
      pin: { match: ['^ENTER PIN$', 'RMB'] },
      declined: { match: ['^DECLINED'], outcome: 'declined' as const, code: '^CODE (\\w\\w)$' },
    },
  };
  const shown = (...lines: string[]) =>
    recognise(profile, { seq: 1, lit: true, lines, at: 0 } satisfies Screen);

  it('are known by patterns in which ^ and $ are those of a line, whatever stands above it', () => {
    assert.equal(shown('ACME PAY', '', 'PLEASE SIGN ON', '1 SALE').id, 'signed-off');
    assert.equal(shown('SALE', 'RMB 1.00', 'ENTER PIN').id, 'pin');
    assert.equal(shown('SALE', 'RMB 1.00', 'ENTER PIN AGAIN').id, undefined);
    assert.equal(shown('NO. DECLINED').id, undefined);
    assert.equal(shown('ACME PAY', 'DECLINED', 'CODE 61').code, '61');
  });
});
