import assert from 'node:assert/strict';
import { loadProfile } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { TILL_ORDERS } from '../bench/planes.ts';
import { packaged } from '../model/package-root.ts';
import { type Looked, unseen } from './eyes.ts';
import { selectScenarios } from './select.ts';

describe('what the eyes of a bench are good enough for', () => {
  const all = valueOrThrow(selectScenarios([packaged('scenarios/plans/full.yaml')]));
  const scenario = (id: string) => {
    const found = all.find((one) => one.id === id);
    assert.ok(found, id);
    return found;
  };
  const look = (
    profile: string,
    eyes: Partial<Looked['eyes'] & object>,
    hand: Looked['hand'] = 'till',
  ): Looked => ({
    profile: valueOrThrow(loadProfile(profile)).value,
    hand,
    tillOrders: [...TILL_ORDERS, 'sign-on'],
    eyes: { seesKeys: true, readsPad: false, readsCodes: false, ...eyes },
  });

  it('a pad that is shuffled needs a camera where a PIN is typed, and nowhere else', () => {
    const blind = look('vt-a', {});
    assert.match(
      unseen(scenario('LIMIT-001'), blind).join(),
      /digits of this terminal are shuffled.* for sale/,
    );
    assert.deepEqual(unseen(scenario('LIMIT-001'), look('vt-a', { readsPad: true })), []);
    assert.deepEqual(unseen(scenario('LIMIT-001'), look('vt-4', {})), []);
    assert.deepEqual(unseen(scenario('LIMIT-001'), { ...blind, eyes: undefined }), []);
  });

  it('a display that tells states alone sees a sale and a decline begun by the till', () => {
    const states = look('vt-4', { seesKeys: false });
    assert.deepEqual(unseen(scenario('LIMIT-001'), states), []);
    assert.deepEqual(unseen(scenario('DROP-003'), states), []);
  });

  const NOT_SEEN: readonly (readonly [id: string, why: RegExp])[] = [
    ['CITY-001', /does not see texts/],
    ['CITY-002', /for refund the terminal asks for more than its till says/],
    ['SEC-001', /no state tells of the outcome mac-error/],
    ['REC-001', /the till has no command for reprint/],
    ['SIGN-002', /in the place of the PIN/],
  ];
  for (const [id, why] of NOT_SEEN)
    it(`and not ${id}`, () => {
      assert.match(unseen(scenario(id), look('vt-4', { seesKeys: false })).join('; '), why);
    });

  it('nor anything that keys begin, or that another model tells nobody', () => {
    const keys = look('vt-4', { seesKeys: false }, 'keypad');
    assert.match(unseen(scenario('LIMIT-001'), keys).join(), /only what a till has begun/);
    const untold = look('vt-6', { seesKeys: false });
    assert.match(
      unseen(scenario('LIMIT-001'), untold).join('; '),
      /no state tells of the outcome declined and approved/,
    );
  });
});
