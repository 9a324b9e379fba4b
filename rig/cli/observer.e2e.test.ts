import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerEntry, Settlement } from '../model/book.ts';
import { journalOf, posrig, remove, scratch, start, verdictsOf } from './testing/cli.ts';

/** The rig in front of an acquirer's own host: a process of its own that no scenario can tell what to do. */
describe('observer in front of a real host (whole)', function () {
  this.timeout(300_000);
  const folder = scratch();
  const bench = join(folder, 'bench.yaml');
  let acquirer: ReturnType<typeof start>;

  before(async () => {
    acquirer = start(['host', '--listen', '127.0.0.1:0', '--json'], { cwd: folder });
    let text = '';
    acquirer.child.stdout?.on('data', (chunk: string) => {
      text += chunk;
    });
    await acquirer.shown('"listening"');
    const { address } = JSON.parse(text.split('\n')[0] ?? '') as { address: string };
    writeFileSync(
      bench,
      `version: 1
id: in-front
title: In front of a host
extends: posrig:drivers/virtual/bench.yaml
planes:
  host:
    driver: observer
    listen: "127.0.0.1:0"
    to: "${address}"
    keys: posrig:drivers/virtual/keys.yaml
    keep-source: true
`,
    );
  });
  after(async () => {
    acquirer.child.kill('SIGTERM');
    await acquirer.finished;
    remove(folder);
  });

  it('a bench with an observer is a valid file; a misspelt option is told with its place', async () => {
    assert.equal((await posrig(['check', bench])).code, 0);
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(
      wrong,
      'version: 1\nid: w\ntitle: w\nprofile: vt-4\nplanes:\n  host: { driver: observer, listen: "127.0.0.1:0", to: "h:1", framming: http-post }\n',
    );
    const { code, stdout, stderr } = await posrig(['check', wrong]);
    assert.equal(code, 3);
    assert.match(stdout + stderr, /wrong\.yaml:6:\d+: unknown key "framming"; did you mean "framing"\?/);
  });

  it('passes a scenario of its own, keeps books of what it saw, and skips what only a simulator does', async () => {
    const out = join(folder, 'run');
    const result = await posrig(
      ['run', '--bench', bench, '--grep', 'CITY-00[12]|DROP-003', '--out', out, '--formats', 'none'],
      { cwd: folder },
    );
    const verdicts = verdictsOf(out);
    assert.equal(verdicts['CITY-001']?.verdict, 'passed', `${result.stdout}${result.stderr}`);
    for (const [id, { verdict, reason }] of Object.entries(verdicts)) {
      assert.ok(['passed', 'skipped'].includes(verdict), `${id}: ${verdict}, ${reason}`);
      if (verdict === 'skipped') assert.match(reason ?? '', /the acquirer of this bench is a real one/);
    }
    const events = journalOf(out);
    const { entries, settlements } = events.find(
      ({ type, scenario }) => type === 'ledger' && scenario === 'CITY-001',
    ) as unknown as { entries: LedgerEntry[]; settlements: Settlement[] };
    assert.deepEqual(
      entries.map(({ kind, state, booked, region }) => [kind, state, booked.minor, region]),
      [['sale', 'posted', 12_850, 'chengdu']],
    );
    assert.deepEqual(
      settlements.map(({ result, claimed }) => [result, claimed.debit.minor]),
      [['balanced', 12_850]],
    );
    const checked = events.filter(
      ({ type, plane, message }) =>
        type === 'message' && plane === 'host' && (message as { kind: string }).kind === 'sale',
    );
    // The observer holds the keys of terminal and issuer, and so checks the same as a simulator does.
    assert.deepEqual(checked.find(({ checks }) => checks !== undefined)?.['checks'], {
      mac: 'ok',
      pin: 'ok',
      cryptogram: 'ok',
      track: 'ok',
    });
    const invariants = events.filter(({ type, scenario }) => type === 'invariant' && scenario === 'CITY-001');
    assert.ok(invariants.length > 10);
    assert.deepEqual(
      invariants.filter(({ verdict }) => !['passed', 'skipped'].includes(String(verdict))),
      [],
    );
  });

  it('posrig host observe shows what passes by itself, and the ledger at its end', async () => {
    const { address } = JSON.parse(
      (await firstLine(['host', 'observe', '--listen', '127.0.0.1:0', '--to', addressIn(bench), '--json'])) ??
        '',
    ) as { address: string };
    assert.match(address, /^127\.0\.0\.1:\d+$/);
    const refused = await posrig(['host', 'observe', '--listen', '127.0.0.1:0', '--to', '127.0.0.1:1']);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /the acquirer at 127\.0\.0\.1:1 cannot be reached/);
  });

  it('posrig host certificates makes an authority once and certificates of it', async () => {
    const made = await posrig(
      ['host', 'certificates', '--out', 'ca', '--name', '127.0.0.1', '--client', 'pos-1'],
      {
        cwd: folder,
      },
    );
    assert.equal(made.code, 0, made.stderr);
    assert.equal(made.stdout.match(/SHA-256 [0-9A-F]{64}/g)?.length, 3);
    const again = await posrig(['host', 'certificates', '--out', 'ca', '--name', 'acquirer.test'], {
      cwd: folder,
    });
    assert.equal(again.stdout.match(/SHA-256/g)?.length, 1, again.stderr);
    for (const name of ['ca', 'server', 'pos-1'])
      assert.ok(existsSync(join(folder, 'ca', `${name}-key.pem`)));
  });

  /** Starts the command, waits for its first line and ends it; it must end well. */
  async function firstLine(args: readonly string[]): Promise<string | undefined> {
    const command = start(args, { cwd: folder });
    await command.shown('"listening"');
    command.child.kill('SIGINT');
    const { code, stdout } = await command.finished;
    assert.equal(code, 0);
    const lines = stdout.trim().split('\n');
    assert.equal((JSON.parse(lines.at(-1) ?? '') as { type: string }).type, 'ledger');
    return lines[0];
  }

  const addressIn = (file: string): string => /to: "([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
});
