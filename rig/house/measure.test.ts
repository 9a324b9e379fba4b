import assert from 'node:assert/strict';
import { type Figure, holds, lastResult, median, rates, ratioOf, table } from './measure.ts';

describe('measuring', () => {
  it('takes the middle of several rounds', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([]), 0);
  });

  it('counts how often a task is done, each task in every round', () => {
    const calls = { one: 0, two: 0 };
    const found = rates({ one: () => ++calls.one, two: () => ++calls.two }, { rounds: 2, milliseconds: 2 });
    assert.ok(found.one > 0 && found.two > 0);
    assert.ok(calls.one >= 750 && calls.two >= 750, 'three rounds of at least 250 each');
    assert.equal(lastResult(), calls.two);
  });

  it('holds a figure against what it is beside', () => {
    const figure: Figure = {
      name: 'decode',
      value: 600,
      unit: '/s',
      beside: { name: 'peer', value: 100 },
      atLeast: 5,
    };
    assert.equal(ratioOf(figure), 6);
    assert.ok(holds(figure));
    const low: Figure = { ...figure, value: 499 };
    assert.ok(!holds(low));
    assert.ok(holds({ name: 'alone', value: 1, unit: '/s' }));
    assert.match(table([figure]), /decode {2}600 \/s {2}peer 100 {2}6\.0 times \(at least 5: yes\)/);
    assert.match(table([low]), /\(at least 5: NO\)/);
    const memory = { name: 'memory', value: 110, unit: 'MB', beside: { name: 'half-way', value: 100 } };
    assert.ok(holds({ ...memory, atMost: 1.1 }));
    assert.ok(!holds({ ...memory, atMost: 1.09 }));
    assert.ok(!holds({ name: 'memory', value: Number.NaN, unit: 'MB', atMost: 2 }));
    assert.match(table([{ ...memory, atMost: 1 }]), /1\.1 times \(at most 1: NO\)/);
  });
});
