import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RigError } from '../model/errors.ts';
import { benchHealth, mustBeIn, noteHealth, returnBench } from './health.ts';
import type { OpenBench } from './open.ts';
import { healthFailure, testFixtures } from './self-test.ts';

describe('health of a bench', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posrig-health-'));
    file = join(folder, 'bench.yaml');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('two failures in a row put it out, one between two passes does not; only a person returns it', () => {
    for (const failure of ['stuck', undefined, 'stuck', undefined]) {
      noteHealth(file, 'b', failure);
      mustBeIn(file, 'b');
    }
    noteHealth(file, 'b', 'relay: stuck');
    noteHealth(file, 'b', 'relay: stuck again');
    assert.throws(() => mustBeIn(file, 'b'), { code: 'BENCH_OUT', message: /relay: stuck again/ });
    noteHealth(file, 'b', undefined);
    assert.throws(() => mustBeIn(file, 'b'), { code: 'BENCH_OUT' }, 'a passing test is no person');
    mustBeIn(file, 'other');
    returnBench(file, 'b', 'ines', 'new relay');
    mustBeIn(file, 'b');
    const { failures, returned } = benchHealth(file, 'b');
    assert.equal(failures, 0);
    assert.equal(returned?.by, 'ines');
  });

  it('a damaged record is no reason to stop, and is written anew', () => {
    mkdirSync(join(folder, '.posrig/health'), { recursive: true });
    writeFileSync(join(folder, '.posrig/health/b.json'), '{"failures": -1');
    mustBeIn(file, 'b');
    assert.equal(noteHealth(file, 'b', 'x').failures, 1);
  });

  it('tests every fixture, one after the other, by its own test or by its plane, and says what is wrong', async () => {
    const order: string[] = [];
    const open = {
      drivers: [
        { plane: 'power', driver: 'exec' },
        { plane: 'display', driver: 'line-screen' },
        { plane: 'card', driver: 'line-actuator' },
        { plane: 'host', driver: 'simulator' },
      ],
      planes: {
        power: {
          async get() {
            order.push('power');
            return 'on';
          },
        },
        display: { refresh: async () => ({ seq: 1, lit: true, lines: ['READY'], at: 0 }) },
      },
      selfTests: new Map([
        [
          'card',
          async () => {
            order.push('card');
            throw new RigError('CARD_ACTUATOR', 'bench', 'the end switch is stuck', { hint: 'Free it.' });
          },
        ],
      ]),
    } as unknown as OpenBench;
    const results = await testFixtures(open);
    assert.deepEqual(
      results.map(({ plane, passed, found }) => `${plane} ${passed} ${found}`),
      ['power true reads on', 'display true answers; 1 lines', 'card false the end switch is stuck'],
    );
    assert.deepEqual(order, ['power', 'card']);
    const failure = healthFailure(results);
    assert.equal(failure?.message, 'card: the end switch is stuck');
    assert.equal(failure?.hint, 'Free it.');
    assert.equal(healthFailure(results.slice(0, 2)), undefined);
  });
});
