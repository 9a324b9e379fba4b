import assert from 'node:assert/strict';
import { runWithMocha } from './mocha-bridge.ts';

describe('mocha bridge', () => {
  const order: string[] = [];
  const scenario = (theme: string, id: string, verdict: 'passed' | 'failed' | 'broken' | 'skipped') => ({
    theme,
    id,
    title: id,
    run: async () => {
      order.push(id);
      return { verdict, reason: 'because' };
    },
  });

  it('runs in order and counts everything but passed and skipped as a failure', async () => {
    order.length = 0;
    const failures = await runWithMocha(
      [
        scenario('a', 'A1', 'passed'),
        scenario('a', 'A2', 'skipped'),
        scenario('b', 'B1', 'broken'),
        scenario('b', 'B2', 'failed'),
      ],
      { bail: false },
    );
    assert.equal(failures, 2);
    assert.deepEqual(order, ['A1', 'A2', 'B1', 'B2']);
  });

  it('stops at the first failure when asked to, and a skip is none', async () => {
    order.length = 0;
    const failures = await runWithMocha(
      [scenario('a', 'A1', 'skipped'), scenario('a', 'A2', 'broken'), scenario('b', 'B1', 'passed')],
      { bail: true },
    );
    assert.equal(failures, 1);
    assert.deepEqual(order, ['A1', 'A2']);
  });
});
