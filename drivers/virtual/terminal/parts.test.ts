import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isRigError } from '../../../rig/model/errors.ts';
import { DEFECT_IDS, defectsOf, loadDefects } from './defects.ts';
import { cellsOf, clip, makeGlass, wrap } from './display.ts';
import { mountFlash, readMemory } from './flash.ts';
import { keypadInput } from './keypad-input.ts';
import { FACTORY_MEMORY, successor } from './memory.ts';
import { PowerLost, startPowerCycle } from './power-cycle.ts';
import { loadResponseTexts } from './response-texts.ts';
import { realTimeClock } from './rtc.ts';
import { manualClock } from './testing/manual-clock.ts';
import { makeVault } from './vault.ts';

const code = (expected: string) => (error: unknown) => isRigError(error) && error.code === expected;

describe('display', () => {
  it('shows four lines of twenty cells and tells about changes only', () => {
    const glass = makeGlass();
    const seen: string[] = [];
    glass.onChange(({ lit, lines }) => seen.push(`${lit} ${lines.join('|')}`));
    glass.show(['READY', 'x'.repeat(30)]);
    glass.show(['READY', 'x'.repeat(20)]);
    glass.dark();
    assert.deepEqual(seen, [`true READY|${'x'.repeat(20)}||`, 'false |||']);
  });

  it('counts a Chinese character as two cells', () => {
    assert.equal(cellsOf('金额 1'), 6);
    assert.equal(clip('终端位置异常请联系收单机构', 20), '终端位置异常请联系收');
  });

  it('wraps any text into pieces that fit and lose nothing printable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (text, cells) => {
        const pieces = wrap(text, cells);
        assert.ok(pieces.every((piece) => cellsOf(piece) <= cells));
        assert.equal(pieces.join('').length, text.length);
      }),
    );
  });
});

describe('keypad input', () => {
  const pressed = () => {
    let now = 0;
    const keys: string[] = [];
    const input = keypadInput(
      () => now,
      (key) => keys.push(key),
    );
    const at = (time: number, edge: 'down' | 'up', key: string) => {
      now = time;
      input[edge](key);
    };
    return { at, keys };
  };

  it('takes one press for a bouncing contact', () => {
    const { at, keys } = pressed();
    for (const time of [0, 4, 8]) {
      at(time, 'down', '1');
      at(time + 2, 'up', '1');
    }
    at(100, 'down', '1');
    at(160, 'up', '1');
    assert.deepEqual(keys, ['1', '1']);
  });

  it('takes one key at a time: a second one while the first is held does nothing', () => {
    const { at, keys } = pressed();
    at(0, 'down', '1');
    at(30, 'down', '2');
    at(60, 'up', '2');
    at(90, 'up', '1');
    at(150, 'down', '2');
    assert.deepEqual(keys, ['1', '2']);
  });
});

describe('flash', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vt-4-flash-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const none = defectsOf(new Set());

  it('keeps what was committed, in one file', () => {
    mountFlash(folder, startPowerCycle(manualClock()), none).commit({ stan: '000041' });
    assert.deepEqual(readMemory(folder), { ...FACTORY_MEMORY, stan: '000041' });
    assert.deepEqual(readdirSync(folder), ['memory.json']);
  });

  it('writes nothing after the cut', () => {
    const cycle = startPowerCycle(manualClock());
    const flash = mountFlash(folder, cycle, none);
    flash.commit({ stan: '000041' });
    cycle.end();
    assert.throws(() => flash.commit({ stan: '000042' }), PowerLost);
    assert.match(readFileSync(join(folder, 'memory.json'), 'utf8'), /000041/);
  });

  it('says that damaged memory is damaged', () => {
    writeFileSync(join(folder, 'memory.json'), '{"version":1,');
    assert.throws(() => readMemory(folder), code('TERMINAL_STATE'));
    writeFileSync(join(folder, 'memory.json'), '{"version":9}');
    assert.throws(() => readMemory(folder), code('TERMINAL_STATE'));
  });

  it('counts STAN and batch from 000001 to 999999', () => {
    assert.equal(successor('000000'), '000001');
    assert.equal(successor('999999'), '000001');
  });
});

describe('vault', () => {
  it('opens what it sealed and nothing else', () => {
    const vault = makeVault('11'.repeat(16));
    const sealed = vault.seal('6299990000000000012');
    assert.equal(vault.open(sealed), '6299990000000000012');
    assert.equal(Buffer.from(sealed, 'base64').toString('latin1').includes('629999'), false);
    assert.throws(() => makeVault('22'.repeat(16)).open(sealed), code('CRYPTO_KEY'));
    assert.throws(() => vault.open(`A${sealed.slice(1)}`), code('CRYPTO_KEY'));
    assert.throws(() => vault.open(''), code('CRYPTO_KEY'));
  });
});

describe('real-time clock', () => {
  it('is set by the host, goes on with nominal time, and keeps its year', async () => {
    const clock = manualClock();
    const rtc = realTimeClock(clock);
    assert.equal(rtc.stamp(), '20261122010203');
    rtc.set('1231', '235950');
    await clock.advance(15_000);
    assert.equal(rtc.stamp(), '20270101000005');
  });

  it('is not set by nonsense', () => {
    const rtc = realTimeClock(manualClock());
    for (const [date, time] of [
      ['1332', '000000'],
      ['0231', '120000'],
      ['1122', '256000'],
      ['', ''],
      ['11AA', '000000'],
    ] as const) {
      rtc.set(date, time);
      assert.equal(rtc.stamp(), '20261122010203');
    }
  });
});

describe('data files', () => {
  it('the defect catalogue and the firmware know the same defects', () => {
    assert.deepEqual(
      loadDefects()
        .map(({ id }) => id)
        .sort(),
      [...DEFECT_IDS].sort(),
    );
    assert.throws(() => defectsOf(new Set(['no-such-defect'])), code('USAGE'));
  });

  it('every response code that has a meaning for the firmware has a text or means approval', () => {
    const table = loadResponseTexts();
    for (const listed of [...table['sign-on-again'], ...table['without-mac']]) assert.ok(table.texts[listed]);
    assert.ok(table.approved.includes('00'));
  });
});
