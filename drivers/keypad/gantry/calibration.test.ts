import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRigError } from '../../../rig/model/errors.ts';
import { makeContext } from '../../devices/testing/context.ts';
import { type Calibration, checkFits, layoutOf, readCalibration, writeCalibration } from './calibration.ts';
import { files, open, options } from './gantry.ts';

const context = makeContext();
const KEEP_IN = { x: [-170, -100], y: [-105, -50] };
const TAUGHT: Calibration = {
  version: 1,
  bench: 'desk-3',
  profile: 'vt-4',
  layout: layoutOf(context.profile.keypad.keys),
  taught: '2026-11-22T10:00:00.000Z',
  by: 'wang',
  controller: { firmware: 'Grbl 1.1h', settings: '0123456789abcdef' },
  placement: {
    x: -160,
    y: -60,
    rotation: 1.25,
    contact: -20,
    travel: 1.2,
    hover: 4,
    slope: { x: 0.001, y: -0.002 },
  },
  fit: { kind: 'rigid', rms: 0.12, 'rms-z': 0 },
  points: ['1', 'enter'].map((key) => ({
    key,
    x: -160,
    y: -60,
    contact: -20,
    by: 'person' as const,
    off: { x: 0.12, y: 0, z: 0 },
  })),
};

describe('gantry: calibration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-calibration-'));
  const file = join(folder, 'deep', 'keypad.yaml');
  after(() => rmSync(folder, { recursive: true, force: true }));
  const code = (wanted: string, why: RegExp) => (error: unknown) =>
    isRigError(error) && error.code === wanted && why.test(error.message);

  it('is read as it was written', () => {
    writeCalibration(file, TAUGHT);
    assert.deepEqual(readCalibration(file), TAUGHT);
  });

  it('says where a mistake stands, and what to do about it', () => {
    const wrong = join(folder, 'wrong.yaml');
    writeCalibration(wrong, { ...TAUGHT, placement: { ...TAUGHT.placement, travel: -1 } });
    assert.throws(
      () => readCalibration(wrong),
      code('FILE_INVALID', /wrong\.yaml:\d+:\d+: placement\.travel/),
    );
    writeFileSync(wrong, 'version: [1\n');
    assert.throws(() => readCalibration(wrong), code('FILE_SYNTAX', /wrong\.yaml:\d+:\d+: /));
    writeFileSync(wrong, '');
    assert.throws(() => readCalibration(wrong), code('FILE_INVALID', /./));
    assert.throws(
      () => readCalibration(join(folder, 'none.yaml')),
      code('FILE_UNREADABLE', /has not been taught/),
    );
  });

  it('does not fit other keys', () => {
    checkFits(TAUGHT, context.profile, file);
    const keys = { ...context.profile.keypad.keys, '1': { x: 1, y: 0, w: 12, h: 7 } };
    const { id } = context.profile;
    assert.throws(
      () => checkFits(TAUGHT, { id, keypad: { keys } }, file),
      code('KEYPAD_POSITION', /layout of profile vt-4 has changed/),
    );
    assert.throws(
      () => checkFits({ ...TAUGHT, profile: 'other' }, { id, keypad: { keys } }, file),
      code('KEYPAD_POSITION', /made for profile other/),
    );
  });

  it('a gantry that names one moves nothing without it, and `check` says so', async () => {
    const given = options.parse({ port: '/dev/null', calibration: 'none.yaml', 'keep-in': KEEP_IN });
    const resolve = (path: string) => join(folder, path);
    await assert.rejects(
      open(given, { ...context, resolve }),
      code('FILE_UNREADABLE', /has not been taught/),
    );
    const [trouble] = files(given, resolve);
    assert.deepEqual(trouble?.option, ['calibration']);
    assert.deepEqual(files({ ...given, calibration: 'deep/keypad.yaml' }, resolve), []);
    assert.ok(!options.safeParse({ port: '/dev/null', 'keep-in': KEEP_IN }).success, 'neither of both');
  });
});
