import assert from 'node:assert/strict';
import { coloured } from './colors.ts';

describe('colours', () => {
  const CASES: readonly (readonly [string, boolean, Record<string, string>, boolean])[] = [
    ['a terminal', true, {}, true],
    ['a file', false, {}, false],
    ['a file that a CI server keeps', false, { CI: 'true' }, false],
    ['a dumb terminal', true, { TERM: 'dumb' }, false],
    ['NO_COLOR on a terminal', true, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR on a terminal', true, { NO_COLOR: '' }, true],
    ['FORCE_COLOR and a file', false, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0 on a terminal', true, { FORCE_COLOR: '0' }, false],
    ['NO_COLOR and FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ];
  for (const [name, isTTY, env, expected] of CASES)
    it(`${name}: ${expected ? 'coloured' : 'plain'}`, () => {
      assert.equal(coloured({ isTTY }, env), expected);
    });
});
