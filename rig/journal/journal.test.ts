import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestCard } from '../model/card.ts';
import { isRigError } from '../model/errors.ts';
import type { EventBody, JournalEvent } from '../model/event.ts';
import { packaged } from '../model/package-root.ts';
import { makeClock } from '../model/time.ts';
import { Chain } from './chain.ts';
import { type Journal, openJournal } from './journal.ts';
import { type ReadOptions, readJournal } from './read.ts';

const card = TestCard.parse({
  id: 'one',
  title: { en: 'one', zh: '一' },
  scheme: 'CUP',
  pan: '6251640812345678',
  expiry: '3012',
  pin: '123456',
  entry: ['chip'],
});
const note = (text: string): EventBody => ({ type: 'note', level: 'info', text });
const bytes = (hex: string): EventBody => ({
  type: 'bytes',
  plane: 'printer',
  stream: 'tty',
  dir: 'in',
  hex,
  count: hex.length / 2,
});
const hexOf = (text: string) => Buffer.from(text, 'latin1').toString('hex');

async function all(path: string, options?: ReadOptions): Promise<JournalEvent[]> {
  const events: JournalEvent[] = [];
  for await (const event of readJournal(path, options)) events.push(event);
  return events;
}

describe('the journal', () => {
  let folder: string;
  let journal: Journal;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posrig 日志-'));
    journal = openJournal(folder, { clock: makeClock(60), cards: [card] });
  });
  afterEach(async () => {
    await journal.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('numbers its events without gaps and names their scenario', async () => {
    journal.record(note('before'));
    journal.setScenario('DROP-003');
    journal.record(note('within\u2028a scenario'));
    journal.setScenario(undefined);
    journal.record(note('after'));
    const events = await all(folder);
    assert.deepEqual(
      events.map(({ n, scenario }) => [n, scenario]),
      [
        [1, undefined],
        [2, 'DROP-003'],
        [3, undefined],
      ],
    );
    assert.ok(events.every((event, i) => event.t >= (events[i - 1]?.t ?? 0)));
    assert.ok(events[1]?.type === 'note' && events[1].text === 'within\u2028a scenario');
  });

  it('joins what masking held back to the right stream and ends it with link, scenario and run', async () => {
    journal.record(bytes(hexOf('CARD 62516408')));
    journal.record(bytes(hexOf('12345678.')));
    journal.record(bytes(hexOf('CARD 625164081234')));
    journal.record({ type: 'link', plane: 'printer', stream: 'tty', state: 'lost' });
    journal.record(bytes(hexOf('CARD 625164081')));
    journal.setScenario('X-001');
    const events = await all(folder);
    const shown = events.map((event) => (event.type === 'bytes' ? event.hex : event.type));
    assert.deepEqual(shown, [
      hexOf('CARD 625164'),
      `${'*'.repeat(12)}${hexOf('5678.')}`,
      hexOf('CARD 625164'),
      '*'.repeat(12),
      'link',
      hexOf('CARD 625164'),
      hexOf('081'),
    ]);
    assert.ok(events.every((event) => event.type !== 'bytes' || event.count * 2 === event.hex.length));
  });

  it('shows subscribers what it wrote, and a listener that throws changes nothing', async () => {
    const seen: JournalEvent[] = [];
    journal.subscribe(() => {
      throw new Error('window closed');
    });
    const stop = journal.subscribe((event) => seen.push(event));
    journal.record(note(card.pan));
    journal.record(note('second'));
    stop();
    journal.record(note('third'));
    const written = await all(folder);
    assert.deepEqual(seen, written.slice(0, 3));
    assert.deepEqual(
      written.map((event) => (event.type === 'note' ? event.text : '')),
      ['625164******5678', 'A live view failed and was switched off: window closed', 'second', 'third'],
    );
  });

  it('keeps artefacts once, by content, masked, and says so in the journal', async () => {
    const svg = (text: string) => `<svg xmlns="http://www.w3.org/2000/svg"><text>${text}</text></svg>`;
    const first = journal.attach('receipt.svg', 'image/svg+xml', svg(card.pan));
    const same = journal.attach('again.svg', 'image/svg+xml', svg('625164******5678'));
    const raw = journal.attach(
      'raw',
      'application/octet-stream',
      Buffer.from(`\x1b@${card.pan}\n`, 'latin1'),
    );
    assert.equal(first.path, same.path);
    assert.equal(readFileSync(join(folder, first.path), 'utf8'), svg('625164******5678'));
    assert.equal(readFileSync(join(folder, raw.path), 'latin1'), '\x1b@625164******5678\n');
    assert.equal(statSync(join(folder, raw.path)).size, raw.bytes);
    const events = await all(folder);
    assert.deepEqual(
      events.map((event) => event.type === 'artefact' && [event.name, event.artefact.id]),
      [
        ['receipt.svg', first.id],
        ['again.svg', first.id],
        ['raw', raw.id],
      ],
    );
  });

  it('refuses a folder that holds a run already, and drops what comes after its end', async () => {
    journal.record(note('one'));
    assert.throws(
      () => openJournal(folder, { clock: makeClock(), cards: [] }),
      (error: unknown) => isRigError(error) && error.code === 'JOURNAL_DAMAGED' && error.blame === 'bench',
    );
    await journal.close();
    journal.record(note('late'));
    assert.equal((await all(folder)).length, 1);
  });

  it('has every act and all that led to it in the file at once, and what was only seen when the turn ends', async () => {
    const kinds = () =>
      readFileSync(journal.path, 'utf8')
        .split('\n')
        .flatMap((line) => (line ? [(JSON.parse(line) as JournalEvent).type] : []));
    const screen: EventBody = { type: 'screen', seq: 1, lit: true, lines: ['SALE'] };
    journal.record(screen);
    journal.record(bytes('0a'));
    assert.deepEqual(kinds(), [], 'what is only seen is written together');
    journal.record({ ...bytes('0d'), dir: 'out' } as EventBody);
    assert.deepEqual(kinds(), ['screen', 'bytes', 'bytes']);
    journal.record(screen);
    journal.record({ type: 'power', state: 'off' });
    assert.deepEqual(kinds().slice(3), ['screen', 'power']);
    journal.record(note('before an act that no event tells of'));
    journal.flush();
    assert.deepEqual(kinds().slice(5), ['note']);
    journal.record(note('last'));
    await new Promise(setImmediate);
    assert.deepEqual(kinds().slice(6), ['note']);
  });

  it('writes what a driver tells late with the time at which it was seen, before anybody is told', async () => {
    let now = 1000;
    const clock = {
      ...makeClock(),
      now: () => now,
      wallTime: () => new Date(1_700_000_000_000 + now).toISOString(),
    };
    const own = openJournal(join(folder, 'late'), { clock, cards: [card] });
    const wrote = () => readFileSync(own.path, 'utf8').split('\n').length - 1;
    own.record(note('first'));
    now = 9000;
    const told: [number, JournalEvent][] = [];
    own.subscribe((event) => told.push([wrote(), event]));
    own.recordLate?.([
      { event: { ...bytes('0d'), dir: 'out' } as EventBody, at: 1005 },
      { event: note(card.pan), at: 1007 },
    ]);
    await own.close();
    const events = await all(join(folder, 'late'));
    assert.deepEqual(
      told.map(([lines, { type }]) => [lines, type]),
      [
        [3, 'bytes'],
        [3, 'note'],
      ],
    );
    const [first, seen, last] = events;
    assert.ok(first && seen && last?.type === 'note' && last.text === '625164******5678');
    assert.deepEqual([first.t, seen.t, last.t], [0, 5, 7]);
    assert.equal(Date.parse(last.wall) - Date.parse(first.wall), 7);
  });

  it('has everything in the file when the process ends by itself in the middle of a turn', () => {
    const own = join(folder, 'ended');
    const script = `
      const { openJournal } = await import(${JSON.stringify(packaged('rig/journal/journal.ts'))});
      const { makeClock } = await import(${JSON.stringify(packaged('rig/model/time.ts'))});
      const journal = openJournal(process.argv[1], { clock: makeClock(), cards: [] });
      journal.record({ type: 'note', level: 'info', text: 'the last thing' });
      throw new Error('nobody catches this');`;
    const { status } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script, own],
      { stdio: 'ignore' },
    );
    assert.equal(status, 1);
    assert.match(readFileSync(join(own, 'journal.jsonl'), 'utf8'), /the last thing/);
  });

  it('loses no turn that was over when the rig is killed', async () => {
    const own = join(folder, 'killed');
    const script = `
      const { openJournal } = await import(${JSON.stringify(packaged('rig/journal/journal.ts'))});
      const { makeClock } = await import(${JSON.stringify(packaged('rig/model/time.ts'))});
      const journal = openJournal(process.argv[1], { clock: makeClock(), cards: [] });
      for (let i = 1; ; i++) {
        journal.record({ type: 'note', level: 'info', text: 'event ' + i });
        if (i % 50 === 0) { await new Promise(setImmediate); process.stdout.write(i + '\\n'); }
      }`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, own], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      said += chunk.toString();
      if (said.split('\n').length > 4) break;
    }
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const claimed = Number(said.trim().split('\n').slice(0, 4).at(-1));
    const events = await all(own);
    assert.ok(claimed >= 200 && events.length >= claimed);
  });
});

describe('reading a journal', () => {
  let folder: string;
  let file: string;
  const line = (n: number) =>
    `${JSON.stringify({ n, t: n, wall: '2026-01-01T00:00:00Z', type: 'note', level: 'info', text: '冲正' })}\n`;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posrig-read-'));
    file = join(folder, 'journal.jsonl');
    writeFileSync(file, [1, 2, 3].map(line).join(''));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const damaged = (atLine: number) => (error: unknown) =>
    isRigError(error) &&
    error.code === 'JOURNAL_DAMAGED' &&
    error.message.includes(`Line ${atLine} `) &&
    error.at === `${file}:${atLine}`;

  it('leaves out a last line that was cut anywhere, and says which', async () => {
    const next = Buffer.from(line(4));
    for (let length = 1; length < next.length; length++) {
      writeFileSync(
        file,
        Buffer.concat([Buffer.from([1, 2, 3].map(line).join('')), next.subarray(0, length)]),
      );
      const cuts: number[] = [];
      assert.equal((await all(file, { onCut: (at) => cuts.push(at) })).length, 3);
      assert.deepEqual(cuts, [4]);
    }
  });

  it('tells damage within by its line', async () => {
    appendFileSync(file, `{"n":4,"t"\n${line(5)}`);
    await assert.rejects(all(file), damaged(4));
  });

  it('tells missing, repeated and foreign lines', async () => {
    writeFileSync(file, line(1) + line(3));
    await assert.rejects(all(file), damaged(2));
    writeFileSync(file, line(1) + line(1));
    await assert.rejects(all(file), damaged(2));
    writeFileSync(file, `${line(1)}[]\n`);
    await assert.rejects(all(file), damaged(2));
    writeFileSync(file, `${line(1)}\n`);
    await assert.rejects(all(file), damaged(2));
  });

  it('is held to its chain by another thread while it is read, which finds a break and the same hash', async () => {
    const chain = new Chain();
    const records = Array.from({ length: 3000 }, (_, i) => line(i + 1).trimEnd());
    const whole = records.map((record) => `${chain.link(record)}\n`);
    const read = async (besideFrom: number) => {
      const seen: unknown[] = [];
      const ends: ReadOptions = {
        besideFrom,
        onSha256: (sha256) => seen.push(sha256),
        onHead: (...end) => seen.push(...end),
      };
      for await (const { n } of readJournal(file, ends)) seen.push(n);
      return seen;
    };
    writeFileSync(file, `${whole.join('')}{"n":3001`);
    const beside = await read(1);
    assert.deepEqual(beside, await read(Number.POSITIVE_INFINITY));
    assert.deepEqual(beside.slice(3000), [hash('sha256', readFileSync(file)), chain.head, 3000]);
    const changed = whole.map((text, i) => (i === 2000 ? text.replace('冲正', '消费') : text));
    writeFileSync(file, changed.join(''));
    for (const from of [1, Number.POSITIVE_INFINITY]) await assert.rejects(read(from), damaged(2001));
  });

  it('passes over what nobody wants up to the next scenario, whatever stands in it and wherever a piece ends', async () => {
    const chain = new Chain();
    const types = (i: number) => {
      if (i === 0) return 'run.start';
      if (i === 2999) return 'run.end';
      return i % 100 === 1 ? 'scenario.start' : i % 100 === 0 ? 'scenario.end' : 'note';
    };
    // Longer than one piece of the file; a text that looks like the beginning of a scenario is none.
    const text = `",\\"type\\":\\"scenario.start\\" ${'x'.repeat(900)}`;
    const lines = Array.from({ length: 3000 }, (_, i) =>
      chain.link(JSON.stringify({ n: i + 1, t: i, wall: 'w', type: types(i), text })),
    );
    writeFileSync(file, lines.map((each) => `${each}\n`).join(''));
    const read = async (options: ReadOptions) => {
      let passed = 0;
      let foreign = false;
      const seen: number[] = [];
      const passing: ReadOptions = {
        ...options,
        pass: () => foreign,
        onPassed: (count) => {
          passed += count;
        },
      };
      for await (const { n, type } of readJournal(file, passing)) {
        seen.push(n);
        if (type === 'scenario.start') foreign = n % 200 === 2;
        if (type === 'scenario.end') foreign = false;
      }
      return { seen, passed };
    };
    const all = await read({});
    assert.deepEqual([all.seen.length, all.passed], [3000, 0], 'whoever holds it to its chain reads it all');
    for (const options of [{ unchecked: true }, { besideFrom: 1 }]) {
      const some = await read(options);
      assert.equal(some.seen.length + some.passed, 3000);
      assert.deepEqual(some.seen.slice(0, 4), [1, 2, 101, 102]);
      assert.equal(some.seen.at(-1), 3000);
    }
    const missing = lines.toSpliced(50, 1);
    writeFileSync(file, missing.map((each) => `${each}\n`).join(''));
    await assert.rejects(read({ besideFrom: 1 }), damaged(51));
    // A chain that somebody made anew, of lines of which one is missing.
    const anew = new Chain();
    const made = missing.map((each) => anew.link(`${each.slice(0, each.indexOf(',"hash":'))}}`));
    writeFileSync(file, made.map((each) => `${each}\n`).join(''));
    await assert.rejects(read({ besideFrom: 1 }), damaged(51));
  });

  it('says when there is no journal', async () => {
    assert.ok(!existsSync(join(folder, 'other')));
    for (const path of [join(folder, 'other'), tmpdir()]) {
      await assert.rejects(
        all(path),
        (error: unknown) => isRigError(error) && error.code === 'FILE_UNREADABLE',
      );
    }
  });
});
