import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { remove, scratch } from '../../../rig/cli/testing/cli.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import type { Taken } from './session.ts';
import { type Ground, readUnfinished, unfinishedFile, writeUnfinished } from './unfinished.ts';

const GROUND: Ground = {
  bench: 'desk-3',
  layout: '0123456789abcdef',
  controller: { firmware: 'Grbl 1.1h', settings: 'fedcba9876543210' },
};
const KEYS = { '1': { x: 0, y: 0 }, enter: { x: 45, y: 30 } };
const TAKEN: readonly Taken[] = [
  { key: '1', device: KEYS['1'], machine: { x: -160, y: -60 }, contact: -20, by: 'person' },
  { key: 'enter', device: KEYS.enter, machine: { x: -115, y: -90 }, contact: -20.1, by: 'screen' },
];

describe('teach: a lesson that was interrupted', () => {
  const folder = scratch();
  after(() => remove(folder));
  const file = unfinishedFile(join(folder, '3 号台', 'desk-3-keypad.yaml'));
  const write = (taken = TAKEN) =>
    writeUnfinished(file, GROUND, { taken, by: 'wang', at: new Date('2026-11-22T10:00:00Z') });
  const read = (ground = GROUND) => readUnfinished(file, ground, KEYS);

  it('is kept beside the calibration that it is to become, and read back', () => {
    assert.equal(read(), undefined);
    write();
    assert.match(file, /desk-3-keypad\.unfinished\.json$/);
    assert.deepEqual(read(), { taken: TAKEN, by: 'wang', at: new Date('2026-11-22T10:00:00Z') });
    write([]);
    assert.equal(read(), undefined);
  });

  it('is not gone on with on other ground, and says why', () => {
    write();
    const { controller } = GROUND;
    assert.match(String(read({ ...GROUND, bench: 'desk-4' })), /on bench desk-3/);
    assert.match(String(read({ ...GROUND, layout: 'aaaaaaaaaaaaaaaa' })), /key layout/);
    for (const other of [{ firmware: 'Grbl 1.1f' }, { settings: 'aaaaaaaaaaaaaaaa' }])
      assert.match(
        String(read({ ...GROUND, controller: { ...controller, ...other } })),
        /controller or its settings/,
      );
  });

  it('that cannot be read is an error, not an empty lesson', () => {
    write();
    const whole = readFileSync(file, 'utf8');
    for (const broken of [
      '',
      '{',
      '[]',
      whole.slice(0, 200),
      whole.replace('-160', '-16000'),
      whole.replace('"1"', '5'),
    ]) {
      writeFileSync(file, broken);
      assert.throws(
        read,
        (error) => isRigError(error) && error.code === 'FILE_INVALID' && /--again/.test(error.hint ?? ''),
      );
    }
  });
});
