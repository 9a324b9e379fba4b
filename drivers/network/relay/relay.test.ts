import assert from 'node:assert/strict';
import { isRigError } from '../../../rig/model/errors.ts';
import { Fault } from '../../../rig/model/fault.ts';
import type { Region } from '../../../rig/model/region.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { loadDialect } from '../../host/dialect.ts';
import { loadAccess, loadRegions } from '../regions.ts';
import { RelayPlane } from './plane.ts';
import { dial, frameOf, hangUp, TestHost, TestRecorder } from './testing/peers.ts';

const SALE = frameOf({ mti: '0200' });
const APPROVAL = frameOf({ mti: '0210', fields: { '39': '00' } });
const SIGN_ON = frameOf({ mti: '0800', length: 150, fields: { '60': '00000001003' } });
const REVERSAL = frameOf({ mti: '0400', fields: { '39': '98' } });

describe('relay', () => {
  let host: TestHost;
  let relay: RelayPlane;
  let recorder: TestRecorder;
  let clock: Clock;
  let lost: Error[];

  beforeEach(async () => {
    clock = makeClock(50);
    recorder = new TestRecorder();
    host = await TestHost.start();
    lost = [];
    relay = await openRelay();
  });

  const openRelay = (regions = loadRegions(), to = host.address) =>
    RelayPlane.open(
      {
        listen: { host: '127.0.0.1', port: 0 },
        to,
        dialect: loadDialect('unionpay-pos'),
        regions,
        access: loadAccess(),
      },
      { clock, recorder, seed: 7, lost: (error) => lost.push(error) },
    );

  afterEach(async () => {
    hangUp();
    await relay.close();
    await host.stop();
    assert.deepEqual(lost, []);
  });

  const arm = (fault: unknown) => relay.arm(Fault.parse(fault));

  /** A terminal and the host's end of its connection. */
  async function connected() {
    const before = host.peers.length;
    const terminal = await dial(relay.address);
    return { terminal, peer: await host.peer(before) };
  }

  describe('without a fault', () => {
    it('carries bytes both ways, however they are cut, and tees and decodes them', async () => {
      const { terminal, peer } = await connected();
      for (const byte of SALE) terminal.socket.write(Uint8Array.of(byte));
      await peer.bytes(200);
      peer.socket.write(Buffer.concat([APPROVAL, APPROVAL]));
      await terminal.bytes(400);
      assert.deepEqual(peer.received, Buffer.from(SALE));
      assert.deepEqual(terminal.received, Buffer.concat([APPROVAL, APPROVAL]));
      const tee = (dir: string) =>
        recorder
          .of('bytes')
          .filter((event) => event.dir === dir)
          .map((event) => event.hex)
          .join('');
      assert.equal(tee('in'), Buffer.from(SALE).toString('hex'));
      assert.equal(tee('out'), Buffer.from(APPROVAL).toString('hex').repeat(2));
      assert.deepEqual(
        recorder.of('message').map(({ message }) => [message.mti, message.kind, message.stan]),
        [
          ['0200', 'sale', '000001'],
          ['0210', 'sale', '000001'],
          ['0210', 'sale', '000001'],
        ],
      );
      assert.deepEqual(relay.traffic(), { connections: 1, request: 200, response: 400 });
    });

    it('hands the first byte on before the message is complete: nothing is held that no fault asks for', async () => {
      const { terminal, peer } = await connected();
      await arm({ at: 'response.leaving', do: 'cut' });
      terminal.socket.write(SALE.subarray(0, 1));
      await peer.bytes(1);
    });

    it('under an armed fault holds a message only until its head says that another one is meant', async () => {
      const fault = await arm({ at: 'request.leaving', do: 'cut', on: 'settlement' });
      const { terminal, peer } = await connected();
      terminal.socket.write(SALE.subarray(0, 14));
      await host.settle();
      assert.equal(peer.count, 0, 'the type of the message is not known yet');
      terminal.socket.write(SALE.subarray(14, 100));
      await peer.bytes(100);
      terminal.socket.write(Buffer.concat([SALE.subarray(100), SALE]));
      await peer.bytes(400);
      assert.deepEqual(peer.received, Buffer.concat([SALE, SALE]));
      terminal.socket.write(frameOf({ mti: '0500', fields: { '60': '00000001201' } }).subarray(0, 199));
      await host.settle();
      assert.equal(peer.count, 400, 'the one that is meant is held');
      terminal.socket.write(frameOf({ mti: '0500', fields: { '60': '00000001201' } }).subarray(199));
      await recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
      assert.equal((await fault.heal()).state, 'in-force');
      const sales = recorder.of('message').filter(({ message }) => message.kind === 'sale');
      assert.equal(sales.length, 2);
    });

    it('hands closes on, in order, in each direction by itself', async () => {
      const { terminal, peer } = await connected();
      terminal.socket.end(SALE);
      await peer.saw('end');
      assert.equal(peer.count, 200);
      peer.socket.end(APPROVAL);
      await terminal.saw('end');
      assert.equal(terminal.count, 200);
      await peer.saw('close');
    });

    it('hands a reset on', async () => {
      const { terminal, peer } = await connected();
      terminal.socket.resetAndDestroy();
      await peer.saw('ECONNRESET');
    });

    it('lets go of a half message when its sender closes, also under an armed fault', async () => {
      const { terminal, peer } = await connected();
      await arm({ at: 'request.leaving', do: 'cut' });
      terminal.socket.end(SALE.subarray(0, 77));
      await peer.saw('end');
      assert.equal(peer.count, 77);
    });

    it('carries what is no message of the dialect as it is, says so once, and survives', async () => {
      const { terminal, peer } = await connected();
      await arm({ at: 'request.leaving', do: 'cut' });
      const noise = Buffer.alloc(10_000, 0xff);
      terminal.socket.write(noise);
      await peer.bytes(10_000);
      assert.deepEqual(peer.received, noise);
      assert.equal(recorder.of('note').length, 1);
    });

    it('slows a sender down when the receiver does not read, and loses nothing', async () => {
      const { terminal, peer } = await connected();
      peer.socket.pause();
      const big = Buffer.alloc(64 * 1024 * 1024, 0xff);
      let written = false;
      terminal.socket.write(big, () => {
        written = true;
      });
      await peer.until(() => terminal.socket.bytesWritten > 0, 'a first byte');
      await host.settle();
      assert.equal(written, false, 'the relay took in what nobody read');
      peer.socket.resume();
      await peer.until(() => peer.count === big.length, 'all of it');
    });

    it('answers a dead host as the network does: the connection dies', async () => {
      const dead = await TestHost.start();
      const address = dead.address;
      await dead.stop();
      const other = await openRelay(loadRegions(), address);
      const terminal = await dial(other.address);
      await terminal.gone();
      await other.close();
    });
  });

  describe('cut', () => {
    for (const [direction, message] of [
      ['request', SALE],
      ['response', APPROVAL],
    ] as const) {
      it(`hands exactly n bytes of a ${direction} on, for every n of a message of 200 bytes`, async () => {
        for (let n = 0; n <= 200; n++) {
          host.peers.length = 0;
          const { terminal, peer } = await connected();
          const fault = await arm({ at: `${direction}.byte(${n})`, do: 'cut' });
          const [from, to] = direction === 'request' ? [terminal, peer] : [peer, terminal];
          from.socket.write(message);
          await recorder.saw(
            (event) => event.type === 'fault' && event.phase === 'struck' && event.proof.id === fault.id,
          );
          await to.bytes(n);
          const proof = await fault.heal();
          await to.gone();
          assert.equal(to.count, n);
          assert.deepEqual(to.received, Buffer.from(message.subarray(0, n)));
          assert.equal(from.count, 0);
          assert.equal(proof.state, 'in-force', proof.summary);
          assert.equal(proof.handedOn[direction], n);
          assert.equal(proof.swallowed[direction], 200 - n);
          assert.equal(proof.trigger?.stan, '000001');
          assert.equal(proof.trigger?.bytes, 200);
        }
      });
    }

    it('lets neither bytes nor a close through, either way, on live and on new connections, until healed', async () => {
      const bystander = await connected();
      const { terminal, peer } = await connected();
      const fault = await arm({ at: 'response.leaving', do: 'cut' });
      terminal.socket.write(SALE);
      await peer.bytes(200);
      peer.socket.write(APPROVAL);
      await recorder.saw((event) => event.type === 'link' && event.state === 'cut');
      const hosts = host.peers.length;
      const late = await dial(relay.address);
      late.socket.write(REVERSAL);
      terminal.socket.end(REVERSAL);
      bystander.terminal.socket.end(SALE);
      bystander.peer.socket.end(APPROVAL);
      peer.socket.end(APPROVAL);
      const swallowed = () => {
        const { request, response } = fault.proof().swallowed;
        return request === 600 && response === 600;
      };
      await recorder.saw(swallowed);
      await host.settle();
      assert.equal(host.peers.length, hosts, 'a new connection reached the host');
      for (const [who, bytes] of [
        [terminal, 0],
        [late, 0],
        [bystander.terminal, 0],
        [bystander.peer, 0],
        [peer, 200],
      ] as const) {
        assert.equal(who.count, bytes);
        assert.deepEqual(who.log, []);
      }
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force');
      assert.deepEqual(proof.handedOn, { request: 0, response: 0 });
      for (const who of [terminal, late, bystander.terminal, bystander.peer, peer]) await who.gone();
      assert.equal(terminal.count + late.count + bystander.peer.count, 0);
      assert.equal(peer.count, 200);
      const notes = recorder.of('message').map((event) => event.note ?? '');
      assert.equal(notes.filter((note) => note.startsWith('not delivered')).length, 6);

      const again = await connected();
      again.terminal.socket.write(SALE);
      await again.peer.bytes(200);
    });

    it('waits for the kind and the number it was told, and for a financial message when told nothing', async () => {
      const { terminal, peer } = await connected();
      const any = await arm({ at: 'request.leaving', do: 'delay', for: '1 ms' });
      terminal.socket.write(SIGN_ON);
      await peer.bytes(150);
      assert.equal(any.proof().trigger, undefined);
      terminal.socket.write(SALE);
      await peer.bytes(350);
      assert.equal(any.proof().trigger?.kind, 'sale');

      const second = await arm({ at: 'request.leaving', do: 'cut', on: 'reversal', nth: 2 });
      terminal.socket.write(Buffer.concat([SALE, REVERSAL, SALE, REVERSAL, SALE]));
      await recorder.saw(() => second.proof().swallowed.request === 400);
      assert.equal(second.proof().trigger?.kind, 'reversal');
      await peer.bytes(350 + 600);
      await second.heal();
      await peer.gone();
      assert.equal(peer.count, 350 + 600);
    });

    it('says that it never struck, and lets a message through that is too short for its byte', async () => {
      const { terminal, peer } = await connected();
      const far = await arm({ at: 'request.byte(201)', do: 'cut' });
      terminal.socket.write(SALE);
      await peer.bytes(200);
      const proof = await far.heal();
      assert.equal(proof.state, 'not-in-force');
      assert.match(proof.summary, /only 200 bytes/);
      const never = await arm({ at: 'request.leaving', do: 'cut', on: 'settlement' });
      assert.equal((await never.heal()).state, 'not-in-force');
      assert.deepEqual(await never.heal(), never.proof());
    });

    it('at connect swallows the connection from its beginning', async () => {
      const fault = await arm({ at: 'connect', do: 'cut' });
      const terminal = await dial(relay.address);
      terminal.socket.write(SALE);
      await recorder.saw(() => fault.proof().swallowed.request === 200);
      await host.settle();
      assert.equal(host.peers.length, 0);
      assert.equal((await fault.heal()).state, 'in-force');
      await terminal.gone();
    });
  });

  describe('heal', () => {
    it('after a time by itself, never early', async () => {
      const { terminal, peer } = await connected();
      await arm({ at: 'request.leaving', do: 'cut', heal: { after: '2 s' } });
      terminal.socket.write(SALE);
      await terminal.gone();
      await recorder.saw((event) => event.type === 'fault' && event.phase === 'healed');
      const proof = recorder.of('fault').at(-1)?.proof;
      assert.ok(proof && 'strikes' in proof);
      const { trigger, healedAt, state } = proof;
      assert.equal(state, 'in-force');
      assert.ok((healedAt ?? 0) - (trigger?.at ?? Infinity) >= 2000);
      await peer.gone();
      assert.equal(peer.count, 0);
    });

    it('on the next attempt to connect, which goes through', async () => {
      const { terminal } = await connected();
      const fault = await arm({ at: 'request.leaving', do: 'cut', heal: { on: 'connect' } });
      terminal.socket.write(SALE);
      await recorder.saw(() => fault.proof().swallowed.request === 200);
      const next = await connected();
      next.terminal.socket.write(REVERSAL);
      await next.peer.bytes(200);
      await terminal.gone();
      assert.equal(fault.proof().state, 'in-force');
      assert.deepEqual(
        recorder.of('fault').map((event) => event.phase),
        ['asked', 'armed', 'struck', 'healed'],
      );
    });

    it('refuses a fault that could never be shown to be in force', async () => {
      for (const fault of [
        { at: 'connect', do: 'refuse', heal: { on: 'connect' } },
        { at: 'request.leaving', do: 'delay' },
        { at: 'connect', do: 'cut', on: 'sale' },
      ]) {
        await assert.rejects(arm(fault), (error) => isRigError(error) && error.code === 'NETWORK_FAULT');
      }
    });
  });

  describe('refuse', () => {
    it('really refuses, keeps live connections, and opens the same port again', async () => {
      const { terminal, peer } = await connected();
      const fault = await arm({ at: 'connect', do: 'refuse' });
      assert.equal(fault.proof().state, 'in-force');
      await assert.rejects(dial(relay.address), /ECONNREFUSED/);
      terminal.socket.write(SALE);
      await peer.bytes(200);
      assert.equal((await fault.heal()).state, 'in-force');
      await connected();
    });

    it('from a message on: the message goes through, the next connection does not', async () => {
      const { terminal, peer } = await connected();
      const fault = await arm({ at: 'request.leaving', do: 'refuse' });
      terminal.socket.write(SALE);
      await peer.bytes(200);
      await assert.rejects(dial(relay.address), /ECONNREFUSED/);
      assert.equal((await fault.heal()).state, 'in-force');
      await connected();
    });

    it('the second connection only', async () => {
      const fault = await arm({ at: 'connect', do: 'refuse', nth: 2 });
      assert.equal(fault.proof().state, 'not-in-force');
      await connected();
      await recorder.saw(() => fault.proof().state === 'in-force');
      await assert.rejects(dial(relay.address), /ECONNREFUSED/);
      await fault.heal();
    });
  });

  describe('delay', () => {
    it('holds the message for its time, never less, and what comes behind it stays behind', async () => {
      const { terminal, peer } = await connected();
      const fault = await arm({ at: 'response.byte(50)', do: 'delay', for: '3 s' });
      const started = clock.now();
      peer.socket.write(Buffer.concat([APPROVAL, APPROVAL]));
      await terminal.bytes(50);
      assert.equal(terminal.count, 50);
      await terminal.bytes(400);
      assert.ok(clock.now() - started >= 3000);
      assert.deepEqual(terminal.received, Buffer.concat([APPROVAL, APPROVAL]));
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force');
      assert.ok((proof.heldMs ?? 0) >= 3000);
      assert.equal(proof.handedOn.response, 200);
    });

    it('healed early lets go at once and does not claim to have been in force', async () => {
      const { terminal, peer } = await connected();
      const fault = await arm({ at: 'request.leaving', do: 'delay', for: '10 h' });
      terminal.socket.write(SALE);
      await recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
      assert.equal((await fault.heal()).state, 'unknown');
      await peer.bytes(200);
    });

    it('at connect holds the way to the host back', async () => {
      const fault = await arm({ at: 'connect', do: 'delay', for: '2 s' });
      const started = clock.now();
      const terminal = await dial(relay.address);
      terminal.socket.end(SALE);
      const peer = await host.peer(0);
      assert.ok(clock.now() - started >= 2000);
      await peer.saw('end');
      assert.equal(peer.count, 200);
      assert.equal((await fault.heal()).state, 'in-force');
    });
  });

  describe('regions', () => {
    it('are seen by the host as source address, and delay both ways, never early', async () => {
      await relay.setPath({ region: 'chengdu', access: 'weak' });
      const { terminal, peer } = await connected();
      assert.equal(peer.socket.remoteAddress, '127.0.28.1');
      const sent = clock.now();
      terminal.socket.write(SALE);
      await peer.bytes(200);
      const arrived = clock.now();
      // 400 ms access + 50 ms backbone: half of it one way, and all of it for the handshake that was not delayed.
      assert.ok(arrived - sent >= 225 + 450, `${arrived - sent}`);
      peer.socket.write(APPROVAL);
      await terminal.bytes(200);
      assert.ok(clock.now() - arrived >= 225);
      assert.deepEqual(recorder.of('path'), [
        {
          type: 'path',
          region: 'chengdu',
          access: 'weak',
          egress: '127.0.28.1',
          rttMs: 450,
          jitterMs: 310,
          entry: 'shanghai',
          cell: '460-00-4112-101001',
        },
      ]);
    });

    it('keep the order of bytes whatever the jitter', async () => {
      await relay.setPath({ region: 'lagos', access: 'gprs' });
      const { terminal, peer } = await connected();
      const parts = Array.from({ length: 50 }, (_, i) =>
        frameOf({ mti: '0200', stan: String(i).padStart(6, '0') }),
      );
      for (const part of parts) {
        terminal.socket.write(part);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await peer.bytes(50 * 200);
      assert.deepEqual(peer.received, Buffer.concat(parts));
    });

    it('cut exactly where asked although bytes are under way', async () => {
      await relay.setPath({ region: 'frankfurt', access: 'weak' });
      const { terminal, peer } = await connected();
      const fault = await arm({ at: 'request.byte(37)', do: 'cut', nth: 2 });
      terminal.socket.write(Buffer.concat([SALE, SALE]));
      await recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
      const proof = await fault.heal();
      await peer.gone();
      assert.equal(peer.count, 237);
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.equal(proof.handedOn.request, 37);
    });

    it('without service refuse connections; the next region serves again', async () => {
      const { terminal } = await connected();
      await relay.setPath({ region: 'no-service-valley', access: 'lte-fair' });
      await terminal.gone();
      await assert.rejects(dial(relay.address), /ECONNREFUSED/);
      await relay.setPath({ region: 'wuxi', access: 'wired' });
      const { peer } = await connected();
      assert.equal(peer.socket.remoteAddress, '127.5.10.1');
    });

    it('reach the entry point that the bench names, with the figures to it', async () => {
      const second = await TestHost.start();
      const beijing = second.address;
      const other = await RelayPlane.open(
        {
          listen: { host: '127.0.0.1', port: 0 },
          to: host.address,
          entries: new Map([['beijing', beijing]]),
          entry: 'beijing',
          regions: loadRegions(),
          access: loadAccess(),
        },
        { clock, recorder, seed: 7, lost: (error) => lost.push(error) },
      );
      await other.setPath({ region: 'harbin', access: 'wired' });
      await dial(other.address);
      assert.equal((await second.peer(0)).socket.remoteAddress, '127.45.1.1');
      assert.deepEqual(
        recorder.of('path').map(({ entry, rttMs }) => [entry, rttMs]),
        [['beijing', 60]],
      );
      await other.close();
      await second.stop();
    });

    it('unknown to the files are refused, naming the known ones', async () => {
      await assert.rejects(
        relay.setPath({ region: 'atlantis', access: 'wired' }),
        (error) => isRigError(error) && error.code === 'NETWORK_REGION' && /wuxi/.test(error.hint ?? ''),
      );
      await assert.rejects(
        relay.setPath({ region: 'wuxi', access: 'pigeon' }),
        (error) => isRigError(error) && error.code === 'NETWORK_REGION',
      );
    });

    it('whose address this machine does not have are refused by the bench, with the remedy', async () => {
      const elsewhere = { ...loadRegions().get('wuxi'), id: 'elsewhere', egress: '203.0.113.7' } as Region;
      const other = await openRelay(new Map([['elsewhere', elsewhere]]));
      await assert.rejects(
        other.setPath({ region: 'elsewhere', access: 'wired' }),
        (error) =>
          isRigError(error) &&
          error.code === 'NETWORK_REGION' &&
          error.blame === 'bench' &&
          /ip address add 203\.0\.113\.7/.test(error.hint ?? ''),
      );
      await other.close();
    });

    it('do not show a cut connection that the terminal has moved', async () => {
      const { terminal, peer } = await connected();
      const fault = await arm({ at: 'request.leaving', do: 'cut', heal: 'never' });
      terminal.socket.write(SALE);
      await recorder.saw(() => fault.proof().swallowed.request === 200);
      await relay.setPath({ region: 'beijing', access: 'wired' });
      await host.settle();
      assert.deepEqual([terminal.log, peer.log], [[], []]);
      await fault.heal();
      await terminal.gone();
    });
  });

  it('closes with everything in every state, writes the open faults down, and again without harm', async () => {
    const { terminal } = await connected();
    await arm({ at: 'request.leaving', do: 'cut', heal: 'never' });
    await arm({ at: 'connect', do: 'delay', for: '10 h' });
    const waiting = await dial(relay.address);
    terminal.socket.write(SALE);
    await recorder.saw((event) => event.type === 'link' && event.state === 'cut');
    await relay.close();
    await relay.close();
    await terminal.gone();
    await waiting.gone();
    assert.deepEqual(
      recorder
        .of('fault')
        .filter((event) => event.phase === 'closed')
        .map((event) => event.proof.state),
      ['in-force', 'unknown'],
    );
    await assert.rejects(dial(relay.address), /ECONNREFUSED/);
  });
});
