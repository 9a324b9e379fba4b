import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostExchange, HostPlane } from '../../../rig/bench/planes.ts';
import { HostPolicy } from '../../../rig/bench/policy.ts';
import type { EventBody } from '../../../rig/model/event.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { type DecodedMessage, Deframer, verifyMac } from '../../codec/iso8583/index.ts';
import { card, cards, dialect, type Fields, frameOf, MAK, read, requests } from '../testing/terminal.ts';
import { driver, SimulatorOptions } from './driver.ts';

const resolve = (path: string) => (path.startsWith('posrig:') ? packaged(path.slice(7)) : path);

describe('simulator', () => {
  let plane: HostPlane;
  let events: EventBody[] = [];
  let lost: Error[] = [];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    events = [];
    lost = [];
    const options = SimulatorOptions.parse({
      listen: '127.0.0.1:0',
      keys: 'posrig:drivers/virtual/keys.yaml',
    });
    plane = await driver.open(options, {
      clock: makeClock(60),
      recorder: { record: (event) => events.push(event), attach: () => assert.fail('attaches nothing') },
      profile: {} as never,
      cards,
      seed: 1,
      resolve,
      signal: new AbortController().signal,
      lost: (error) => lost.push(error),
    });
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await plane.close();
    await plane.close();
    assert.deepEqual(lost, []);
  });

  /** A line from the egress address of a region (Linux owns all of 127.0.0.0/8). */
  async function dial(localAddress = '127.5.10.1') {
    const socket = connect({ ...plane.address, localAddress, noDelay: true });
    sockets.push(socket);
    await once(socket, 'connect');
    const deframer = new Deframer(dialect);
    const arrived: Uint8Array[] = [];
    const wanted: ((frame: Uint8Array) => void)[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const frame of deframer.push(chunk)) {
        const next = wanted.shift();
        if (next) next(frame);
        else arrived.push(frame);
      }
    });
    const receive = async (): Promise<Uint8Array> =>
      arrived.shift() ?? new Promise<Uint8Array>((done) => wanted.push(done));
    const ask = async ([mti, fields]: [string, Fields]): Promise<DecodedMessage> => {
      socket.write(frameOf(mti, fields));
      return read(await receive());
    };
    return { socket, receive, ask };
  }

  const exchange = () => new Promise<HostExchange>((done) => plane.onExchange(done));

  it('says where it listens, and serves a terminal', async () => {
    assert.match(plane.facts['address'] ?? '', /^127\.0\.0\.1:\d+$/);
    assert.equal(plane.facts['address'], `${plane.address.host}:${plane.address.port}`);
    assert.equal(plane.simulated, true);
    const { ask } = await dial();
    assert.equal((await ask(requests.signOn())).fields['39'], '00');
    assert.equal((await ask(requests.sale('000001', 12850))).fields['39'], '00');
    const [first, second] = plane.exchanges();
    assert.equal(first?.request.kind, 'sign-on');
    assert.deepEqual(second?.checks, { mac: 'ok', pin: 'ok' });
    assert.equal(second?.region, 'wuxi');
    assert.equal(second?.response?.code, '00');
    assert.ok((second?.answeredAt ?? 0) >= (second?.at ?? Infinity));
    assert.equal(plane.ledger().at(-1)?.state, 'posted');
  });

  it('takes requests in single bytes and several at once, on many lines', async () => {
    const lines = await Promise.all([dial(), dial(), dial()]);
    await lines[0]?.ask(requests.signOn());
    await Promise.all(
      lines.map(async ({ socket, receive }, line) => {
        const frames = [1, 2, 3].map((n) => frameOf(...requests.sale(`00${line}00${n}`, 100)));
        const stream = Buffer.concat(frames);
        for (const byte of stream.subarray(0, 150)) socket.write(Uint8Array.of(byte));
        socket.write(stream.subarray(150));
        for (const n of [1, 2, 3]) {
          const { fields } = read(await receive());
          assert.deepEqual([fields['11'], fields['39']], [`00${line}00${n}`, '00']);
        }
      }),
    );
    assert.equal(plane.ledger().length, 9);
    assert.equal(plane.exchanges().length, 10);
  });

  it('knows regions by source address', async () => {
    await (await dial()).ask(requests.signOn());
    plane.configure(HostPolicy.parse({ roaming: { allowed: false } }));
    assert.equal((await (await dial('127.0.28.1')).ask(requests.sale('000001', 100))).fields['39'], '58');
    assert.equal((await (await dial('127.99.99.99')).ask(requests.sale('000002', 100))).fields['39'], '58');
    assert.equal((await (await dial()).ask(requests.sale('000003', 100))).fields['39'], '00');
    assert.deepEqual(
      plane.exchanges().map(({ region }) => region),
      ['wuxi', 'chengdu', 'unknown', 'wuxi'],
    );
  });

  it('books and does not answer, answers late, answers with a wrong MAC, and says so', async () => {
    const { ask, socket, receive } = await dial();
    await ask(requests.signOn());
    plane.configure(
      HostPolicy.parse({
        misbehave: [
          { on: 'sale', nth: 1, do: 'no-answer' },
          { on: 'sale', nth: 2, do: 'late', after: '3 s' },
          { on: 'sale', nth: 3, do: 'wrong-mac' },
        ],
      }),
    );
    const silent = exchange();
    socket.write(frameOf(...requests.sale('000001', 100)));
    assert.equal((await silent).response, undefined);
    const { fields } = await ask(requests.sale('000002', 100));
    assert.equal(fields['11'], '000002');
    const late = plane.exchanges().at(-1);
    assert.ok((late?.answeredAt ?? 0) - (late?.at ?? 0) >= 3000);
    socket.write(frameOf(...requests.sale('000003', 100)));
    assert.equal(verifyMac(dialect, await receive(), MAK), 'wrong');
    const notes = events.flatMap((event) => (event.type === 'message' && event.note ? [event.note] : []));
    assert.deepEqual(notes, ['not sent: no-answer', 'late', 'wrong-mac']);
    assert.equal(plane.ledger().filter(({ state }) => state === 'posted').length, 3);
  });

  it('keeps a late answer to itself when the line is gone', async () => {
    const { ask, socket } = await dial();
    await ask(requests.signOn());
    plane.configure(HostPolicy.parse({ misbehave: [{ on: 'sale', do: 'late', after: '5 s' }] }));
    const over = exchange();
    socket.end(frameOf(...requests.sale('000001', 100)));
    socket.destroySoon();
    assert.equal((await over).response, undefined);
    assert.equal(plane.exchanges().at(-1)?.answeredAt, undefined);
  });

  it('gives no answer to what does not decode, and closes a line that it cannot cut into frames', async () => {
    const { ask, socket } = await dial();
    await ask(requests.signOn());
    socket.write(Buffer.from('0003aabbcc', 'hex'));
    assert.equal((await ask(requests.echo())).fields['39'], '00');
    const closed = once(socket, 'close');
    socket.write(Buffer.from('ffffff', 'hex'));
    await closed;
    const links = events.flatMap((event) =>
      event.type === 'link' && event.state === 'undecodable' ? [event.detail] : [],
    );
    assert.equal(links.length, 2);
    assert.match(links[0] ?? '', /TPDU: expected 5 bytes, 3 are left; no answer is sent/);
    assert.match(links[1] ?? '', /65535 bytes is announced/);
    assert.equal((await (await dial()).ask(requests.echo())).fields['39'], '00');
  });

  it('records every message, without card data, PIN blocks and keys', async () => {
    const { ask } = await dial();
    const signOn = await ask(requests.signOn());
    const [mti, fields] = requests.sale('000001', 12850);
    await ask([mti, { ...fields, '35': `${card('debit-1').pan}=30122200000000000` }]);
    const messages = events.filter((event) => event.type === 'message');
    assert.deepEqual(
      messages.map((event) => `${event.connection} ${event.message.kind} ${event.message.direction}`),
      ['c1 sign-on request', 'c1 sign-on response', 'c1 sale request', 'c1 sale response'],
    );
    assert.deepEqual(messages[2]?.checks, { mac: 'ok', pin: 'ok' });
    const text = JSON.stringify([events, plane.exchanges(), plane.ledger()]);
    const secrets = [
      card('debit-1').pan,
      '=3012',
      signOn.fields['62'] ?? '?',
      Buffer.from(fields['52'] as Uint8Array)
        .toString('hex')
        .toUpperCase(),
    ];
    for (const secret of secrets) assert.ok(!text.includes(secret), secret);
  });

  it('says what is wrong with its files and its address', async () => {
    const context = {
      clock: makeClock(60),
      recorder: { record: () => undefined },
      cards,
      resolve,
      lost: () => undefined,
    };
    const open = async (options: object) => {
      const { openSimulator } = await import('./driver.ts');
      return openSimulator(
        SimulatorOptions.parse({
          listen: '127.0.0.1:0',
          keys: 'posrig:drivers/virtual/keys.yaml',
          ...options,
        }),
        context,
      );
    };
    await assert.rejects(open({ keys: '/nowhere/keys.yaml' }), { code: 'FILE_UNREADABLE' });
    const folder = mkdtempSync(join(tmpdir(), 'posrig-keys-'));
    try {
      const own = join(folder, 'own.yaml');
      copyFileSync(packaged('scenarios/cards.yaml'), own);
      chmodSync(own, 0o600);
      await assert.rejects(open({ keys: own }), { code: 'FILE_INVALID', message: /own\.yaml:\d+:\d+/ });
      chmodSync(own, 0o640);
      await assert.rejects(open({ keys: own }), {
        code: 'FILE_INVALID',
        message: /holds secrets and can be used by its group/,
        hint: /^chmod 600/,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
    await assert.rejects(open({ dialect: 'unionpay' }), { code: 'FILE_INVALID', hint: /unionpay-pos/ });
    await assert.rejects(open({ listen: plane.facts['address'] }), { code: 'TRANSPORT_OPEN' });
  });

  it('survives damaged requests, and none of them moves money', async () => {
    const { socket, ask, receive } = await dial();
    await ask(requests.signOn());
    const frame = frameOf(...requests.sale('000001', 100));
    // From the MTI on: what stands before is not under the MAC.
    for (let at = 13; at < frame.length; at++) {
      const damaged = frame.slice();
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      socket.write(damaged);
    }
    socket.write(frameOf(...requests.echo()));
    while (read(await receive()).mti !== '0830');
    assert.ok(plane.exchanges().length > 20);
    assert.equal(plane.ledger().filter(({ state }) => state === 'posted').length, 0);
  });
});
