import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { needsTesseract } from '../../rig/house/tiers.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { drawReceipt, renderReceipt } from '../codec/escpos/render/render.ts';
import { receiptOf } from './testing/raster.ts';

/** Lines that a process writes, as they come. */
function start(args: readonly string[]) {
  const script = `
    import { Command } from 'commander';
    import { declarePrinter } from ${JSON.stringify(packaged('drivers/printer/printer-declare.ts'))};
    const program = new Command();
    declarePrinter(program);
    program.parseAsync(process.argv.slice(1), { from: 'user' }).catch((error) => {
      process.stderr.write(\`\${error.code}: \${error.message}\`);
      process.exitCode = 3;
    });`;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script, '--', 'printer', '--json', ...args],
    { cwd: packaged('.') },
  );
  const events: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdout.on('data', (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    events.push(...parts.map((line) => JSON.parse(line) as Record<string, unknown>));
    for (const look of waiting) look();
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    child,
    events,
    exited,
    error: () => err,
    /** The first event of that type so far or to come. */
    event: (type: string, which: (event: Record<string, unknown>) => boolean = () => true) =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        const look = () => {
          const found = events.find((event) => event['type'] === type && which(event));
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        void exited.then((code) => reject(new Error(`exit ${code} before ${type}: ${err}`)));
        look();
      }),
  };
}

async function connected(address: unknown): Promise<Socket> {
  const [, host, port] = /^(.+):(\d+)$/.exec(String(address)) ?? [];
  const socket = connect(Number(port), host);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}
const heard = (socket: Socket) =>
  new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString('hex'))));

describe('printer: posrig printer', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posrig-printer-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is a network printer: answers, shows, keeps, fails on demand, serves several, ends on Ctrl-C', async () => {
    const printer = start(['--listen', '0', '--out', folder, '--profile', 'chinese-58']);
    const { address } = await printer.event('listening');
    const [one, two] = [await connected(address), await connected(address)];
    one.write(Buffer.from('1b40100401', 'hex'));
    assert.equal(await heard(one), '12');
    one.write(Buffer.from('bdf0b6ee20312e30300a', 'hex'));
    two.write(Buffer.from('other\n'));
    one.write(Buffer.from('1d5600', 'hex'));
    const receipt = await printer.event('receipt');
    assert.deepEqual([receipt['lines'], receipt['end'], receipt['job']], [['金额 1.00'], 'cut', 1]);

    printer.child.stdin.write('+paper-out\n');
    await printer.event('fault', ({ job, begins }) => job === 2 && begins === true);
    two.write(Buffer.from('more\n\x1dV\0\x10\x04\x04'));
    assert.equal(await heard(two), '7e');
    printer.child.stdin.write('-paper-out\n');
    const second = await printer.event('receipt', ({ job }) => job === 2);
    assert.deepEqual(second['lines'], ['other', 'more']);

    // A sender that hangs up in mid-receipt has printed what it sent.
    one.end('torn off');
    const torn = await printer.event('receipt', ({ end }) => end === 'idle');
    assert.deepEqual(torn['lines'], ['torn off']);
    two.destroy();
    await printer.event('sender', ({ job, state }) => job === 2 && state === 'gone');
    printer.child.kill('SIGINT');
    assert.equal(await printer.exited, 0, printer.error());
    const names = (await readdir(folder)).sort();
    assert.deepEqual(names, [
      'job-0001.bin', 'job-0002.bin', 'receipt-0001.png', 'receipt-0001.txt', 'receipt-0002.png', 'receipt-0002.txt',
      'receipt-0003.png', 'receipt-0003.txt',
    ]); // biome-ignore format: a list
    assert.equal(PNG.sync.read(await readFile(join(folder, 'receipt-0001.png'))).width, 384 + 32);
    assert.equal(
      (await readFile(join(folder, 'job-0001.bin'))).toString('hex').slice(0, 30),
      '1b40100401bdf0b6ee20312e30300a',
    );
  });

  it('shows lines as they come out, and answers every question of a client', async () => {
    const printer = start(['--listen', '0', '--profile', 'tm-t88v']);
    const { address } = await printer.event('listening');
    const client = await connected(address);
    // DLE EOT n, GS r n, GS I n, GS a n by the command reference of the TM family: all clear.
    const dialogue: readonly (readonly [asked: string, answer: string])[] = [
      ['1b401b3d01100401', '12'],
      ['100402', '12'],
      ['100403', '12'],
      ['100404', '12'],
      ['10040701', '12'],
      ['1d7201', '00'],
      ['1d7202', '00'],
      ['1d4901', '20'],
      ['1d4943', Buffer.from('_TM-T88V\0').toString('hex')],
      ['1d61ff', '1000000f'],
    ];
    for (const [asked, answer] of dialogue) {
      const said = heard(client);
      client.write(Buffer.from(asked, 'hex'));
      assert.equal(await said, answer, asked);
    }
    client.write('first line\nsec');
    const first = await printer.event('lines');
    assert.deepEqual([first['lines'], first['receipt'], first['job']], [['first line'], 'receipt-0001', 1]);
    client.write('ond line\n');
    await printer.event('lines', ({ lines }) => String(lines) === 'second line');
    assert.ok(!printer.events.some(({ type }) => type === 'receipt'), 'before it is cut');
    client.write('last\x1dV\0');
    const { lines, receipt } = await printer.event('receipt');
    assert.deepEqual([lines, receipt], [['first line', 'second line', 'last'], 'receipt-0001']);
    const live = printer.events.flatMap((event) => (event['type'] === 'lines' ? event['lines'] : []));
    assert.deepEqual(live, lines);
    // Who asked to be told (GS a) is told.
    const told = heard(client);
    printer.child.stdin.write('+cover-open\n');
    assert.equal(await told, '3800000f');
    client.destroy();
    await printer.event('sender', ({ state }) => state === 'gone');
    printer.child.kill('SIGINT');
    assert.equal(await printer.exited, 0, printer.error());
  });

  it('shows and keeps no card number in full, however it is printed', async () => {
    const pan = '6299990000000000012';
    const out = join(folder, 'masked');
    const printer = start(['--listen', '0', '--profile', 'tm-t88v', '--out', out]);
    const { address } = await printer.event('listening');
    const client = await connected(address);
    const parts = [
      `CARD ${pan}\n`,
      `${pan.replace(/(.)/g, '$1 ')}\n`,
      ...[pan.slice(0, 7), pan.slice(7, 12), pan.slice(12)].map((piece) => `${piece}\n`),
      ...[...pan].map((digit) => `x${digit}\n`),
      `${[...pan].reverse().join('')}\n`,
      `\x1dk\x04${pan}\0last\n`,
    ];
    // Every line is shown before the next one is printed.
    for (const part of parts) {
      const shown = printer.events.filter(({ type }) => type === 'lines').length;
      client.write(part.slice(0, 9));
      client.write(part.slice(9));
      await printer.event(
        'lines',
        () => printer.events.filter(({ type }) => type === 'lines').length > shown,
      );
    }
    client.end('\x1dV\0');
    await printer.event('receipt');
    await printer.event('sender', ({ state }) => state === 'gone');
    printer.child.kill('SIGINT');
    assert.equal(await printer.exited, 0, printer.error());
    const live = printer.events.flatMap(({ type, lines }) => (type === 'lines' ? (lines as string[]) : []));
    assert.ok(live.includes('CARD 629999*********0012'), live.join('|'));
    assert.ok(live.includes('last'));
    const kept = await Promise.all((await readdir(out)).map((name) => readFile(join(out, name), 'latin1')));
    const column = live.filter((line) => /^x.$/.test(line)).map((line) => line.slice(1));
    const texts = [JSON.stringify(printer.events), live.join(''), column.join(''), ...kept];
    for (const text of texts) {
      const digits = text.replace(/[^0-9*]/g, '');
      assert.ok(!digits.includes(pan), text.slice(0, 400));
      assert.ok(!digits.includes([...pan].reverse().join('')), text.slice(0, 400));
    }
  });

  it('keeps no card number that is drawn', async function () {
    await needsTesseract(this);
    const pan = '6299990000000000012';
    const out = join(folder, 'drawn');
    const { width, height, bits } = drawReceipt(receiptOf(`CARD NUMBER\n\n${pan}\n\nAMOUNT RMB 20.00\n`));
    const size = Buffer.from([width / 8, 0, height & 255, height >> 8]);
    const job = Buffer.concat([
      Buffer.from('\x1b@\x1dv0\0', 'latin1'),
      size,
      bits,
      Buffer.from('\n\x1dV\0', 'latin1'),
    ]);
    const printer = start(['--listen', '0', '--profile', 'chinese-58', '--out', out]);
    const { address } = await printer.event('listening');
    const client = await connected(address);
    client.end(job);
    const { lines } = await printer.event('receipt');
    await printer.event('sender', ({ state }) => state === 'gone');
    printer.child.kill('SIGINT');
    assert.equal(await printer.exited, 0, printer.error());
    assert.match(String(lines), /62\d{0,4}\*{9,}\d{3,4},/);
    const kept = PNG.sync.read(await readFile(join(out, 'receipt-0001.png')));
    const [clear] = decodeEscPos(job, { charset: 'gb18030', width: 384 }).receipts;
    assert.ok(clear);
    const drawn = PNG.sync.read(renderReceipt(clear));
    assert.deepEqual([kept.width, kept.height], [drawn.width, drawn.height]);
    assert.ok(!kept.data.equals(drawn.data), 'the place of the number is whitened');
    const raw = await readFile(join(out, 'job-0001.bin'));
    assert.equal(raw.length, job.length);
    assert.ok(
      raw.subarray(10, 10 + bits.length).every((byte) => byte === 0),
      'no dots of the picture',
    );
  });

  it('says what is wrong with its options', async () => {
    const wrong = [
      [['--profile', 'tm-t88iv'], /USAGE: there is no printer "tm-t88iv"/],
      [['--fault', 'fire'], /USAGE: --fault fire/],
      [['--listen', 'x'], /USAGE: --listen x/],
      [['--device', '/nowhere/g_printer0'], /TRANSPORT_OPEN/],
    ] as const;
    await Promise.all(
      wrong.map(async ([args, message]) => {
        const { exited, error } = start(args);
        assert.equal(await exited, 3);
        assert.match(error(), message);
      }),
    );
  });
});
