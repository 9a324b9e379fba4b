import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { packaged } from '../../rig/model/package-root.ts';
import { card, frameOf, requests } from './testing/terminal.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;
const posrig = (...args: string[]): Child =>
  spawn(process.execPath, ['--import', 'tsx', packaged('drivers/host/testing/verbs.ts'), ...args], {
    cwd: packaged('.'),
    stdio: ['pipe', 'pipe', 'pipe'],
  });

async function run(args: string[], input: Uint8Array | string = '') {
  const child = posrig(...args);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { out, err, code: code as number };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('verbs of the host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-host-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const sale = frameOf(...requests.sale('000001', 12850));
  const echo = frameOf(...requests.echo());
  const { pan } = card('debit-1');

  it('decode reads several frames as hex and as bytes, and shows no card data', async () => {
    const file = join(folder, 'capture.bin');
    writeFileSync(file, Buffer.concat([sale, echo]));
    const [argument, binary] = await Promise.all([
      run(['decode', 'iso8583', `${hex(sale)} ${hex(echo)}`]),
      run(['decode', 'iso8583', '--file', file, '--json']),
    ]);
    assert.equal(argument.code, 0, argument.err);
    assert.match(
      argument.out,
      /^0200 sale request, STAN 000001, batch 000001, terminal 30001001, CNY 128\.50$/m,
    );
    assert.match(argument.out, /^ +23 +11 +2 +Primary account number +629999\*{9}0012$/m);
    assert.match(argument.out, /^0820 echo request/m);
    const messages = JSON.parse(binary.out) as {
      kind: string;
      offset: number;
      fields: { id: string; value: string }[];
    }[];
    assert.deepEqual(
      messages.map(({ kind, offset }) => [kind, offset]),
      [
        ['sale', 0],
        ['echo', sale.length],
      ],
    );
    assert.ok(!(argument.out + binary.out).includes(pan));
  });

  it('decode reads standard input, without length header, and clear when told to', async () => {
    const { out, code } = await run(
      [
        'decode',
        'iso8583',
        '--no-length',
        '--clear',
        '-d',
        packaged('drivers/host/dialects/unionpay-pos.yaml'),
      ],
      `${hex(sale.subarray(2)).replace(/(.{60})/g, '$1\n')}\n`,
    );
    assert.equal(code, 0);
    assert.ok(out.includes(pan));
  });

  it('decode reads frames of the standards, and frames that travel otherwise than their dialect says', async () => {
    const echo93 = Buffer.from('180402300100008000000911131411000001261122131411831' + '30001001');
    const withTpdu = Buffer.concat([Buffer.from('00406000010000', 'hex'), echo93]);
    withTpdu.writeUInt16BE(withTpdu.length - 2);
    const [bare, carried] = await Promise.all([
      run(['decode', 'iso8583', '-d', 'iso8583-1993-ascii', hex(echo93)]),
      run(['decode', 'iso8583', '-d', 'iso8583-1993-ascii', hex(withTpdu)]),
    ]);
    for (const { out, code } of [bare, carried]) {
      assert.equal(code, 0);
      assert.match(out, /^1804 echo request, STAN 000001, terminal 30001001$/m);
    }
    assert.match(bare.out, /note: frame at offset 0: read without length header; the dialect says otherwise/);
    assert.match(carried.out, /read with a length header of 2 bytes and a TPDU; the dialect says otherwise/);
  });

  it('decode reads a message that begins with its MTI', async () => {
    // The published sign-on vector has neither length header nor TPDU nor application header.
    const published =
      '08000020000000C00012000105303030303037363438343831303030353831323630303200110000000100300003303031';
    const { out, code } = await run(['decode', 'iso8583', '--no-length', published]);
    assert.equal(code, 0);
    assert.match(out, /^0800 sign-on request, STAN 000105, batch 000001, terminal 00000764$/m);
    assert.match(out, /60\.3 .*003$/m);
  });

  it('decode tells field and offset of a bad frame with exit code 3, after the good ones', async () => {
    const { out, err, code } = await run(['decode', 'iso8583', hex(echo) + hex(sale.subarray(0, 28))]);
    assert.equal(code, 3);
    assert.match(out, /^0820 echo request/m);
    assert.match(
      err,
      /^CODEC_FRAME: frame 2, which starts at offset \d+: .*offset 24: F2 Primary account number: expected 10 bytes, 4 are left/,
    );
    assert.equal((await run(['decode', 'iso8583', 'xyz'])).code, 3);
  });

  it('host serves terminals, shows them masked, and ends at Ctrl-C', async () => {
    const policy = join(folder, 'policy.yaml');
    writeFileSync(policy, 'single-limit: { amount: 100 }\n');
    const child = posrig('host', '--policy', policy, '--json');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>;
    try {
      const listening = await next();
      assert.equal(listening['type'], 'listening');
      const [host, port] = String(listening['address']).split(':');
      const socket = connect({ host: host ?? '', port: Number(port) });
      socket.write(frameOf(...requests.signOn()));
      socket.write(sale);
      const seen: string[] = [];
      for (let i = 0; i < 5; i++) {
        const event = (await next()) as {
          type: string;
          state?: string;
          message?: { kind: string; code?: string };
        };
        seen.push(
          [event.type, event.state ?? event.message?.kind, event.message?.code].filter(Boolean).join(' '),
        );
        assert.ok(!JSON.stringify(event).includes(pan));
      }
      assert.deepEqual(seen, [
        'link open',
        'message sign-on',
        'message sign-on 00',
        'message sale',
        'message sale 61',
      ]);
      socket.destroy();
    } finally {
      child.kill('SIGINT');
    }
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
  });

  it('host misbehaves as told, reads its policy again when it changes, and ends with its script', async () => {
    const policy = join(folder, 'changing.yaml');
    writeFileSync(policy, 'single-limit: { amount: 100 }\n');
    const script = join(folder, 'script.yaml');
    writeFileSync(script, 'version: 1\nsteps: [{ after: { echo: 1 }, say: enough, stop: true }]\n');
    const child = posrig('host', '--policy', policy, '--script', script, '-m', 'echo=duplicate', '--json');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    type Line = {
      type: string;
      address?: string;
      text?: string;
      note?: string;
      message?: { kind: string; code?: string };
    };
    const next = async (fits: (line: Line) => boolean): Promise<Line> => {
      for (;;) {
        const { value, done } = await lines.next();
        assert.ok(!done, 'the host ended');
        const line = JSON.parse(value as string) as Line;
        if (fits(line)) return line;
      }
    };
    try {
      const [host, port] = String((await next(({ type }) => type === 'listening')).address).split(':');
      const socket = connect({ host: host ?? '', port: Number(port) });
      const answer = (kind: string) =>
        next(({ message }) => message?.kind === kind && message.code !== undefined);
      socket.write(frameOf(...requests.signOn()));
      socket.write(frameOf(...requests.sale('000001', 12850)));
      assert.equal((await answer('sale')).message?.code, '61');
      writeFileSync(policy, 'single-limit: { amuont: 100 }\n');
      assert.match(
        (await next(({ type }) => type === 'note')).text ?? '',
        /refused; the old one stays.*amuont/s,
      );
      writeFileSync(policy, 'single-limit: { amount: 200 }\n');
      assert.match((await next(({ type }) => type === 'note')).text ?? '', /is in force/);
      socket.write(frameOf(...requests.sale('000002', 12850)));
      assert.equal((await answer('sale')).message?.code, '00');
      socket.write(echo);
      assert.equal((await answer('echo')).note, 'duplicate');
      assert.equal((await next(({ type }) => type === 'note')).text, 'enough');
      socket.destroy();
      const [code] = await once(child, 'close');
      assert.equal(code, 0);
    } finally {
      child.kill('SIGKILL');
    }
  }).timeout(60_000);

  it('host tells mistakes in what it is given before it opens a port', async () => {
    const wrong = await run(['host', '--misbehave', 'sale=explode']);
    assert.equal(wrong.code, 3);
    assert.match(wrong.err, /^USAGE: --misbehave sale=explode/);
    const unknown = await run(['host', '--policy', 'no-such']);
    assert.equal(unknown.code, 3);
    assert.match(unknown.err, /there is no policy "no-such"/);
  });
});
