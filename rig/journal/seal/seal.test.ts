import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { makeClock } from '../../model/time.ts';
import type { Verdict } from '../../model/verdict.ts';
import { openJournal } from '../journal.ts';
import { filesBelow } from './files.ts';
import { newKey, sealRun, signingKey, verifyEvidence, verifyingKey } from './index.ts';
import { formatManifest, parseManifest } from './manifest.ts';
import { Statement } from './statement.ts';

const sha256 = 'ab'.repeat(32);

/** The folder of a small run with the verdicts given; `killed` leaves out its end. */
async function makeRun(folder: string, verdicts: readonly Verdict[], killed = false): Promise<string> {
  const journal = openJournal(folder, { clock: makeClock(), cards: [] });
  journal.record({
    type: 'run.start',
    posrig: '1.2.3',
    seed: 7,
    rate: 1,
    by: 'keypad',
    bench: { id: 'desk', title: 'desk', sha256 },
    profile: { id: 'vt', title: 'vt', maker: 'm', model: 'm', sha256 },
    underTest: ['terminal'],
    planes: [],
    machine: {},
    argv: [],
    scenarios: verdicts.length,
  });
  for (const [index, verdict] of verdicts.entries()) {
    const id = `S-${index}`;
    journal.setScenario(id);
    journal.record({
      type: 'scenario.start',
      id,
      title: { en: 'title', zh: '标题 ‮<script>' },
      theme: 't',
      file: `${id}.yaml`,
      sha256,
      proves: [],
      parameters: {},
      given: {},
      index,
      of: verdicts.length,
    });
    journal.attach('slip', 'text/plain', `slip ${index}`);
    journal.record({
      type: 'scenario.end',
      id,
      verdict,
      findings: [],
      observed: [],
      books: [],
      wallMs: 1,
      nominalMs: 1,
    });
    journal.setScenario(undefined);
  }
  if (!killed) {
    const counts = { invalid: 0, failed: 0, broken: 0, inconclusive: 0, passed: 0, skipped: 0 };
    journal.record({ type: 'run.end', counts, exitCode: 0, wallMs: 1 });
  }
  await journal.close();
  mkdirSync(join(folder, 'allure results'));
  writeFileSync(join(folder, 'allure results', '收据 1.txt'), 'x');
  return folder;
}

describe('manifest of a bag', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => !/^\.*$|\//.test(text));
  const path = fc.array(fc.oneof(name, fc.constantFrom('100%', '%0A', 'a\nb', 'a\rb', 'a\u2028b')), {
    minLength: 1,
    maxLength: 3,
  });

  it('reads back what it wrote, whatever the files are called', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(
          path.map((parts) => parts.join('/')),
          { maxLength: 5 },
        ),
        (paths) => {
          const entries = paths.sort().map((each, i) => ({ path: each, sha256, line: i + 1 }));
          assert.deepEqual(parseManifest(formatManifest(entries)), { entries, wrong: [] });
        },
      ),
    ));

  it('takes nothing that leads out of the bag, nor any other form', () => {
    for (const line of [
      `${sha256}  ../x`,
      `${sha256}  /etc/passwd`,
      `${sha256}  data/./x`,
      `${sha256} *data/x`,
      `${sha256.toUpperCase()}  data/x`,
      `${sha256}  data/%41`,
      '',
    ])
      assert.deepEqual(parseManifest(`${sha256}  data/a\n${line}\n`).wrong, [2], line);
    assert.deepEqual(parseManifest(`${sha256}  data/a`).wrong, [1], 'no line end');
  });

  it('reads on after a wrong line, and never takes a file twice', () => {
    const other = 'cd'.repeat(32);
    const text = `${sha256}  data/a\nrubbish\n${other}  data/a\n${sha256}  data/b\n`;
    assert.deepEqual(parseManifest(text), {
      entries: [
        { path: 'data/a', sha256, line: 1 },
        { path: 'data/b', sha256, line: 4 },
      ],
      wrong: [2, 3],
    });
  });
});

describe('sealed runs', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'posrig-seal-'));
  const at = (name: string) => join(folder, name);
  const key = newKey(at('lab.key'));
  after(() => rmSync(folder, { recursive: true }));
  before(async () => {
    await makeRun(at('run'), ['passed', 'passed', 'skipped']);
    await sealRun(at('run'), { out: at('bag'), key: signingKey(key.privatePath) });
  });

  it('verify whole, with and without the key', async () => {
    const anonymous = await verifyEvidence(at('bag'));
    assert.deepEqual(anonymous.damage, []);
    assert.deepEqual(anonymous.signature, { fingerprint: key.fingerprint, known: undefined });
    const known = await verifyEvidence(at('bag'), { key: verifyingKey(key.publicPath) });
    assert.deepEqual(known.damage, []);
    assert.equal(known.signature?.known, true);
    assert.equal(known.facts?.complete, true);
    assert.deepEqual((await verifyEvidence(at('run'))).damage, []);
  });

  it('can be checked with sha256sum alone', () => {
    for (const manifest of ['manifest-sha256.txt', 'tagmanifest-sha256.txt'])
      execFileSync('sha256sum', ['--strict', '-c', manifest], { cwd: at('bag'), stdio: 'pipe' });
  });

  it('state every verdict once, and PASSED only for a whole run in which everything passed', async () => {
    const stated = async (name: string, verdicts: readonly Verdict[], killed = false) => {
      await makeRun(at(name), verdicts, killed);
      await sealRun(at(name), { out: at(`${name}.bag`) });
      return Statement.parse(JSON.parse(readFileSync(at(`${name}.bag/statement.json`), 'utf8'))).predicate;
    };
    const all = await stated('all', ['passed', 'failed', 'broken', 'inconclusive', 'invalid', 'skipped']);
    assert.equal(all.result, 'FAILED');
    assert.deepEqual(
      [all.passedTests, all.warnedTests, all.failedTests],
      [['S-0'], ['S-3', 'S-2', 'S-5'].sort(), ['S-1', 'S-4']],
    );
    assert.equal((await stated('good', ['passed', 'skipped'])).result, 'PASSED');
    assert.equal((await stated('doubt', ['passed', 'inconclusive'])).result, 'WARNED');
    assert.equal((await stated('nothing', ['skipped'])).result, 'WARNED');
    assert.equal((await stated('killed', ['passed'], true)).result, 'WARNED');
    const killed = await verifyEvidence(at('killed.bag'));
    assert.deepEqual([killed.damage, killed.facts?.complete], [[], false]);
  });

  it('notice any change, cut or swap of any file, and name it', async () => {
    const files = await filesBelow(at('bag'));
    const copy = at('copy');
    cpSync(at('bag'), copy, { recursive: true });
    const change = fc.oneof(
      fc.record({ do: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
      fc.record({ do: fc.constant('cut' as const), at: fc.nat(), bit: fc.constant(0) }),
      fc.record({ do: fc.constant('swap' as const), at: fc.nat(), bit: fc.integer({ min: 1, max: 40 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), change, async (path, how) => {
        const whole = readFileSync(join(at('bag'), path));
        const changed = Buffer.from(whole);
        const place = how.at % whole.length;
        if (how.do === 'flip') changed[place] = (whole[place] ?? 0) ^ (1 << how.bit);
        else if (how.do === 'swap') {
          const other = (place + how.bit) % whole.length;
          [changed[place], changed[other]] = [whole[other] ?? 0, whole[place] ?? 0];
        }
        const bytes = how.do === 'cut' ? changed.subarray(0, place) : changed;
        fc.pre(!bytes.equals(whole));
        writeFileSync(join(copy, path), bytes);
        const { damage } = await verifyEvidence(copy);
        writeFileSync(join(copy, path), whole);
        assert.ok(damage.length > 0, 'not noticed');
        const named = damage.some(({ place: said }) => said === path || said.startsWith(`${path}:`));
        assert.ok(named, JSON.stringify(damage));
        // Nothing else is blamed: of one changed file one file is told.
        const files = new Set(damage.map(({ place: said }) => said.replace(/:\d+$/, '')));
        assert.deepEqual([...files], [path], JSON.stringify(damage));
      }),
      { numRuns: 250 },
    );
    assert.deepEqual((await verifyEvidence(copy)).damage, []);
  });

  it('name the very event that was changed, and a tail that was cut', async () => {
    const tampered = async (change: (lines: string[]) => string[]) => {
      const bag = at(`tampered-${Math.random()}`);
      cpSync(at('bag'), bag, { recursive: true });
      const path = join(bag, 'data/journal.jsonl');
      writeFileSync(path, change(readFileSync(path, 'utf8').split('\n')).join('\n'));
      return (await verifyEvidence(bag)).damage.map(({ place }) => place);
    };
    const verdict = (line: string) => line.replace('"verdict":"passed"', '"verdict":"failed"');
    const changed = await tampered((lines) => lines.map((line, i) => (i === 3 ? verdict(line) : line)));
    assert.ok(changed.includes('data/journal.jsonl:4'), String(changed));
    const cut = await tampered((lines) => [...lines.slice(0, -3), '']);
    assert.ok(
      cut.some((place) => /^data\/journal\.jsonl:\d+$/.test(place)),
      String(cut),
    );
    // Without its line end the last record is none: the one before it is whole.
    const last = readFileSync(at('bag/data/journal.jsonl'), 'utf8').split('\n').length - 1;
    assert.deepEqual(await tampered((lines) => lines.slice(0, -1)), [`data/journal.jsonl:${last}`]);
  });

  it('name an empty folder that was put in, but none out of which a file was taken', async () => {
    const bag = at('folders');
    cpSync(at('bag'), bag, { recursive: true });
    mkdirSync(join(bag, 'data/extra/deep'), { recursive: true });
    mkdirSync(join(bag, 'notes'));
    rmSync(join(bag, 'data/allure results/收据 1.txt'));
    const { damage } = await verifyEvidence(bag);
    assert.deepEqual(
      damage.map(({ place }) => place).sort(),
      ['data/allure results/收据 1.txt', 'data/extra/deep', 'notes'],
      JSON.stringify(damage),
    );
  });

  it('tell the line of a manifest, and not the files that it is about', async () => {
    const placesAfter = async (change: (bag: string) => void) => {
      const bag = at(`manifest-${Math.random()}`);
      cpSync(at('bag'), bag, { recursive: true });
      change(bag);
      return (await verifyEvidence(bag)).damage.map(({ place }) => place);
    };
    const edit = (name: string, how: (lines: string[]) => string[]) => (bag: string) =>
      writeFileSync(join(bag, name), how(readFileSync(join(bag, name), 'utf8').split('\n')).join('\n'));
    const otherDigest = (lines: string[]) =>
      lines.map((line, i) => (i === 1 ? `${line[0] === '0' ? '1' : '0'}${line.slice(1)}` : line));
    for (const name of ['manifest-sha256.txt', 'tagmanifest-sha256.txt']) {
      assert.deepEqual(await placesAfter(edit(name, otherDigest)), [`${name}:2`]);
      assert.deepEqual(await placesAfter(edit(name, ([a = '', ...rest]) => [a, a, ...rest])), [`${name}:2`]);
      assert.deepEqual(await placesAfter(edit(name, ([a = '', b = '', ...rest]) => [b, a, ...rest])), [
        `${name}:2`,
      ]);
      assert.deepEqual(await placesAfter(edit(name, (lines) => lines.slice(1))), [name]);
      assert.deepEqual(await placesAfter((bag) => rmSync(join(bag, name))), [name]);
    }
  });

  it('are of plain files only: a link, a pipe or a folder in the place of one is told, and never followed', async () => {
    const whatAfter = async (path: string, put: (at: string) => void) => {
      const bag = at(`plain-${Math.random()}`);
      cpSync(at('bag'), bag, { recursive: true });
      rmSync(join(bag, path));
      put(join(bag, path));
      const { damage } = await verifyEvidence(bag);
      assert.deepEqual(new Set(damage.map(({ place }) => place)), new Set([path]), JSON.stringify(damage));
    };
    for (const path of [
      'data/journal.jsonl',
      'data/allure results/收据 1.txt',
      'statement.json',
      'bagit.txt',
    ]) {
      // The same bytes, but not in the bag: what is outside may change, or be gone on the next machine.
      await whatAfter(path, (to) => symlinkSync(join(at('bag'), path), to));
      await whatAfter(path, (to) => symlinkSync('/dev/zero', to));
      await whatAfter(path, (to) => execFileSync('mkfifo', [to]));
      await whatAfter(path, (to) => mkdirSync(to));
    }
    const run = at('linked-run');
    cpSync(at('run'), run, { recursive: true });
    const [artefact = ''] = (await filesBelow(run)).filter((path) => path.startsWith('artefacts/'));
    rmSync(join(run, artefact));
    symlinkSync(join(at('run'), artefact), join(run, artefact));
    assert.deepEqual(
      (await verifyEvidence(run)).damage.map(({ place }) => place),
      [artefact],
    );
  });

  it('tell the first line of a journal whose line ends were made others', async () => {
    const bag = at('crlf');
    cpSync(at('bag'), bag, { recursive: true });
    const path = join(bag, 'data/journal.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
    const { damage } = await verifyEvidence(bag);
    assert.ok(
      damage.some(({ place }) => place === 'data/journal.jsonl:1'),
      JSON.stringify(damage),
    );
  });

  it('notice evidence that was sealed anew by somebody else', async () => {
    const other = newKey(at('other.key'));
    await sealRun(at('run'), { out: at('forged'), key: signingKey(other.privatePath) });
    const { damage } = await verifyEvidence(at('forged'), { key: verifyingKey(key.publicPath) });
    // Its signature is in order: it is not the one that was asked for, and nothing else is wrong with it.
    assert.deepEqual(
      damage.map(({ place, what }) => [place, /another key/.test(what)]),
      [['statement.sig', true]],
    );
    await sealRun(at('run'), { out: at('unsigned') });
    assert.equal(
      (await verifyEvidence(at('unsigned'), { key: verifyingKey(key.publicPath) })).damage.length,
      1,
    );
  });

  it('hold the head that a report told', async () => {
    const { facts } = await verifyEvidence(at('bag'));
    const head = Buffer.from(facts?.head ?? '', 'base64url').toString('hex');
    assert.deepEqual((await verifyEvidence(at('bag'), { head })).damage, []);
    assert.equal((await verifyEvidence(at('bag'), { head: '0'.repeat(64) })).damage.length, 1);
    assert.equal((await verifyEvidence(at('run'), { head: '0'.repeat(64) })).damage.length, 1);
  });

  it('leave nothing behind when they cannot be made', async () => {
    await assert.rejects(sealRun(at('run'), { out: at('bag') }), { code: 'FILE_INVALID' });
    await makeRun(at('linked'), ['passed']);
    symlinkSync('/etc/hostname', at('linked/outside'));
    await assert.rejects(sealRun(at('linked'), { out: at('linked.bag') }), { code: 'FILE_INVALID' });
    assert.ok(!existsSync(at('linked.bag')) && !existsSync(at('linked.bag.part')));
  });

  it('take keys of their owner only, and never write over one', async () => {
    assert.equal(statSync(key.privatePath).mode & 0o777, 0o600);
    assert.throws(() => newKey(at('lab.key')), { code: 'FILE_INVALID' });
    assert.equal(signingKey(newKey(at('empty.key'), '').privatePath, '').asymmetricKeyType, 'ed25519');
    assert.ok(!readFileSync(at('empty.key'), 'utf8').includes('ENCRYPTED'), 'an empty passphrase is none');
    const locked = newKey(at('locked.key'), 'correct horse');
    assert.throws(() => signingKey(locked.privatePath, 'wrong'), { code: 'FILE_INVALID' });
    assert.equal(signingKey(locked.privatePath, 'correct horse').asymmetricKeyType, 'ed25519');
    writeFileSync(at('open.key'), readFileSync(key.privatePath), { mode: 0o644 });
    assert.throws(() => signingKey(at('open.key')), { code: 'FILE_INVALID', hint: /chmod 600/ });
    assert.throws(() => verifyingKey(key.privatePath), { code: 'FILE_INVALID' });
  });
});
