import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { isRigError, type RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { ragged } from './ragged.ts';
import { makeRandom } from './random.ts';
import { makeMemoryPort } from './testing/memory-port.ts';
import { loadWorld } from './world.ts';

const SHIPPED = packaged('drivers/virtual/world.yaml');

describe('world file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posrig-world-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (text: string) => {
    const file = join(folder, 'world.yaml');
    writeFileSync(file, text);
    return file;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the test changes a parsed file wherever it likes
  const changed = (change: (world: any) => void) => {
    const world: unknown = parse(readFileSync(SHIPPED, 'utf8'));
    change(world);
    return write(stringify(world));
  };
  const refusal = (file: string): RigError => {
    try {
      loadWorld(file);
    } catch (error) {
      assert.ok(isRigError(error), String(error));
      return error;
    }
    throw new Error('it was accepted');
  };

  it('the shipped one says where things are, with keys and display of its profile', () => {
    const world = loadWorld(SHIPPED);
    assert.deepEqual(world.keys['5'], { x: 15, y: 10, w: 12, h: 7 });
    assert.deepEqual({ ...world.display }, { rows: 4, columns: 20 });
    assert.deepEqual(world.timers, { boot: 3000, connect: 10_000, response: 60_000, result: 3000 });
    assert.equal(world.magazine.get(1)?.id, 'debit-1');
    assert.deepEqual(world.gantry.speed, { x: 500, y: 500, z: 200 });
  });

  it('names file, line and field of what is wrong', () => {
    const tmk = refusal(
      changed((world) => {
        world.terminal.tmk = '11';
      }),
    );
    assert.equal(tmk.code, 'FILE_INVALID');
    assert.match(tmk.message, /^terminal\.tmk:/);
    assert.match(tmk.at ?? '', /world\.yaml:\d+:\d+$/);
    const card = refusal(
      changed((world) => {
        world.magazine.slots['2'] = 'debit-9';
      }),
    );
    assert.match(card.message, /magazine\.slots\.2: there is no card "debit-9"; there is: debit-1/);
    const slot = refusal(
      changed((world) => {
        world.magazine.slots['9'] = 'debit-1';
      }),
    );
    assert.match(slot.message, /magazine\.slots/);
    assert.match(
      refusal(
        changed((world) => {
          world.terminal.timers = { boot: 'soon' };
        }),
      ).message,
      /timers\.boot: expected a duration/,
    );
    assert.match(
      refusal(
        changed((world) => {
          world.gravity = 9.81;
        }),
      ).message,
      /gravity/,
    );
  });

  it('names every mistake at its place', () => {
    const two = refusal(
      changed((world) => {
        world.terminal.tmk = '11';
        world.gravity = 9.81;
      }),
    );
    assert.match(two.message, /world\.yaml:\d+:\d+: terminal\.tmk: .*\n.*world\.yaml:\d+:\d+: .*gravity/);
    assert.equal(refusal(write('a: b: c\nd: "e\n')).message.split('\n').length, 2);
  });

  it('reads nothing that may never end, and nothing that has no end', () => {
    assert.match(refusal('/dev/zero').message, /it is a device, not a file/);
    assert.match(refusal(folder).message, /it is a folder, not a file/);
    assert.match(refusal(write('#'.repeat(600_000))).message, /has 600000 bytes, at most/);
    assert.equal(refusal(write('['.repeat(100_000))).code, 'FILE_SYNTAX');
  });

  it('tells a missing file and broken YAML apart', () => {
    assert.equal(refusal(join(folder, 'none.yaml')).code, 'FILE_UNREADABLE');
    const broken = refusal(write('version: 1\nterminal: [\n'));
    assert.equal(broken.code, 'FILE_SYNTAX');
    assert.match(broken.at ?? '', /world\.yaml:\d+:\d+/);
    const profile = refusal(
      changed((world) => {
        world.terminal.profile = './mine.yaml';
      }),
    );
    assert.match(profile.message, /mine\.yaml/);
  });

  it('no text makes it throw anything but its own errors', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        assert.match(refusal(write(text)).code, /^FILE_/);
      }),
      { numRuns: 50 },
    );
  });
});

describe('ragged serial adapter', () => {
  it('cuts and joins, but keeps every byte in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 200 }), { maxLength: 8 }),
        fc.nat(),
        async (texts, seed) => {
          const port = makeMemoryPort();
          const wire = ragged(port, makeRandom(seed));
          const sent = texts.map((text) => Buffer.from(text, 'utf8').toString('latin1'));
          for (const text of sent) wire.write(Buffer.from(text, 'latin1'));
          const all = sent.join('');
          assert.equal(await port.until((heard) => heard.length >= all.length), all);
        },
      ),
      { numRuns: 50 },
    );
  });
});
