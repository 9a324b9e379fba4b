import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { PNG } from 'pngjs';
import { stringify } from 'yaml';
import { needsTesseract } from '../../rig/house/tiers.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { drawReceipt } from '../codec/escpos/render/render.ts';
import { shippedCards } from './shown.ts';
import { receiptOf } from './testing/raster.ts';

/** Runs the verb alone in its own process, as the command does. */
async function decode(args: readonly string[], stdin: Uint8Array = new Uint8Array(), what = 'escpos') {
  const script = `
    import { Command } from 'commander';
    import { declareDecode } from ${JSON.stringify(packaged('drivers/printer/decode-verb.ts'))};
    const decode = new Command('decode');
    declareDecode(decode);
    decode.parseAsync(process.argv.slice(1), { from: 'user' }).catch((error) => {
      process.stderr.write(\`\${error.code}: \${error.message}\`);
      process.exitCode = 3;
    });`;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script, '--', what, ...args],
    {
      cwd: packaged('.'),
    },
  );
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = '';
    for await (const chunk of stream) text += chunk;
    return text;
  };
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr)]);
  if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  return { out, err, code: child.exitCode };
}

const RECEIPT = Buffer.concat([
  Uint8Array.of(0x1b, 0x40),
  iconv.encode('商户存根\n金额: RMB 1.00\n', 'gb18030'),
  Uint8Array.of(0x1d, 0x56, 0, 0x1d, 0x72, 1),
]);

describe('printer: decode escpos', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posrig-escpos-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('shows what no command explains, without card numbers in it', async () => {
    const pan = '6299990000000000012';
    const content = Buffer.from(`A\n\x1d~B\n\x1b(k\xff\xff${pan}`, 'latin1');
    const { out, err } = await decode([content.toString('hex')]);
    assert.equal(err, '');
    assert.match(out, /^unknown at offset 2: 1d7e$/m);
    assert.match(out, /^unknown at offset 6: 1b286bffff/m);
    assert.ok(!out.includes(Buffer.from(pan).toString('hex')), out);
  });

  it('writes readable text, guessing Chinese', async () => {
    const { out, code, err } = await decode([RECEIPT.toString('hex')]);
    assert.equal(err, '');
    assert.deepEqual(out.trimEnd().split('\n'), [
      '商户存根',
      '金额: RMB 1.00',
      '--- cut ---',
      'asked at offset 29: GS r (transmit status) 1d7201',
    ]);
    assert.equal(code, 0);
  });

  it('reads standard input as bytes and as hex text, and a file', async () => {
    const spelled = [...RECEIPT].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ');
    const file = join(folder, 'receipt.bin');
    await writeFile(file, RECEIPT);
    const results = await Promise.all([
      decode(['--charset', 'gb18030'], RECEIPT),
      decode(['--charset', 'GBK'], Buffer.from(spelled)),
      decode(['--file', file]),
    ]);
    for (const { out, err } of results) assert.match(out, /金额: RMB 1\.00/, err);
  });

  it('writes JSON with everything', async () => {
    const { out } = await decode(['--json'], Buffer.concat([RECEIPT, Uint8Array.of(1)]));
    const { charset, receipts, requests, unknown } = JSON.parse(out);
    assert.equal(charset, 'gb18030');
    assert.deepEqual(receipts[0].lines, ['商户存根', '金额: RMB 1.00']);
    assert.deepEqual(
      [receipts[0].runs[0].text, receipts[0].runs[0].width, receipts[0].end],
      ['商户存根', 96, 'cut'],
    );
    assert.deepEqual(requests, [{ command: 'GS r', title: 'transmit status', offset: 29, hex: '1d7201' }]);
    assert.deepEqual(unknown, [{ offset: 32, hex: '01' }]);
  });

  it('draws one paper or several', async () => {
    const one = await decode(['--svg'], RECEIPT);
    assert.equal(one.out.match(/<svg /g)?.length, 1);
    const two = await decode(['--svg', '--width', '384'], Buffer.concat([RECEIPT, RECEIPT]));
    assert.equal(two.out.match(/<svg /g)?.length, 3);
  });

  it('writes PNG files, and takes a file by its name', async () => {
    const [file, picture] = [join(folder, 'named.bin'), join(folder, 'paper.png')];
    await writeFile(file, RECEIPT);
    const { out, err } = await decode([file, '--png', picture, '--width', '384']);
    assert.deepEqual([out, err], ['', '']);
    assert.equal(PNG.sync.read(await readFile(picture)).width, 416);
    const { out: text } = await decode([file, '--text', '--png', picture]);
    assert.match(text, /金额/);
  });

  it('shows no card number in full: of a test card anywhere, of any card where its number belongs', async () => {
    const slip = (pan: string) => Buffer.from(`MERCHANT COPY\nCARD NO: ${pan}\nREF ${'1'.repeat(12)}\n`);
    const own = join(folder, 'own-cards.yaml');
    await writeFile(
      own,
      stringify({ version: 1, cards: [{ ...shippedCards()[0], id: 'own', pan: '6228480402564890018' }] }),
    );
    const loose = (pan: string) => Buffer.from(`SLIP\n${pan}\n`);
    for (const [args, job, end] of [
      [['--text'], slip('6299990000000000012'), '0012'],
      [['--json'], slip('6299990000000000012'), '0012'],
      [['--svg'], slip('4111111111111111'), '1111'],
      [['--cards', own], loose('6228480402564890018'), '0018'],
    ] as const) {
      const { out } = await decode(args, job);
      assert.ok(
        !/\d{12}/.test(out.replaceAll('1'.repeat(12), '').replace(/^.*"png".*$/gm, '')) && out.includes(end),
        out,
      );
    }
    for (const pan of ['6299990000000000012', '4111111111111111']) {
      const message = JSON.stringify({ OutputContent: { OutputText: { Text: `CARD NO: ${pan}` } } });
      for (const source of [slip(pan), Buffer.from(message)]) {
        const { out } = await decode(['--profile', 'vt-4'], source, 'receipt');
        assert.ok(out.includes(pan.slice(0, 6)) && !out.includes(pan.slice(0, 8)), out);
      }
    }
  });

  it('hides a card number that is drawn, and draws the rest as it came', async function () {
    await needsTesseract(this);
    const drawn = (text: string) => {
      const { width, height, bits } = drawReceipt(receiptOf(text));
      const head = Buffer.from([0x1d, 0x76, 0x30, 0, width / 8, 0, height & 255, height >> 8]);
      return Buffer.concat([head, bits, Buffer.from('\n\x1dV\0', 'latin1')]);
    };
    const dots = async (text: string) => {
      const { out, err } = await decode(['--json', '--width', '384'], drawn(text));
      assert.equal(err, '');
      const { data } = PNG.sync.read(Buffer.from(JSON.parse(out).receipts[0].images[0].png, 'base64'));
      return data.filter((_, i) => i % 4 === 0);
    };
    const [own, other] = await Promise.all(
      ['6299990000000000012', '629999*********0012'].map((pan) => dots(`TOTAL 5\n\n${pan}\n`)),
    );
    const clear = drawReceipt(receiptOf('TOTAL 5\n\n6299990000000000012\n'));
    let white = 0;
    for (let i = 0; i < clear.width * clear.height; i++)
      if (clear.at(i % clear.width, Math.floor(i / clear.width)) && own?.[i] !== 0) white++;
    assert.ok(white > 100, `${white} dots whitened`);
    const masked = drawReceipt(receiptOf('TOTAL 5\n\n629999*********0012\n'));
    assert.ok(
      other?.every((shade, i) => (shade === 0) === masked.at(i % masked.width, Math.floor(i / masked.width))),
    );
  });

  it('says what is wrong', async () => {
    for (const [args, message] of [
      [['xyz'], /USAGE: the argument is not hex/],
      [['--file', '/nowhere'], /FILE_UNREADABLE/],
      [['00', '--charset', 'klingon'], /USAGE: the charset klingon/],
      [['00', '--width', '7'], /USAGE: --width/],
      [['00', '--json', '--svg'], /USAGE: only one/],
      [['00', '--svg'], /CODEC_FRAME: nothing is printed/],
    ] as const) {
      const { err, code } = await decode(args);
      assert.match(err, message);
      assert.equal(code, 3);
    }
  });
});
