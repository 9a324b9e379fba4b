import assert from 'node:assert/strict';
import { dial, frameOf } from './testing/peers.ts';
import { RelayRig } from './testing/relay-rig.ts';

const SALE = frameOf({ mti: '0200' });
const APPROVAL = frameOf({ mti: '0210', fields: { '39': '00' } });
const REVERSAL = frameOf({ mti: '0400', fields: { '39': '98' } });
const approval = (stan: string) => frameOf({ mti: '0210', stan, fields: { '39': '00' } });

describe('relay faults', () => {
  let rig: RelayRig;

  beforeEach(async () => {
    rig = await RelayRig.open();
  });
  afterEach(() => rig.close());

  /** The host answers a sale with one approval; returns both ends. */
  async function answered() {
    const { terminal, peer } = await rig.connected();
    terminal.socket.write(SALE);
    await peer.bytes(200);
    peer.socket.write(APPROVAL);
    return { terminal, peer };
  }

  describe('that end the connection', () => {
    it('reset: the end that is meant sees an RST behind the bytes handed on, the other an orderly close', async () => {
      const fault = await rig.arm('reset@response.leaving end=terminal');
      const { terminal, peer } = await answered();
      await terminal.gone();
      await peer.saw('end');
      assert.deepEqual([terminal.log[0], terminal.count], ['ECONNRESET', 0]);
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.deepEqual(proof.ends, {
        terminal: { sent: 0, received: 0, connection: 'reset' },
        host: { sent: 200, received: 0, connection: 'fin' },
      });
      // The path itself is whole.
      const next = await rig.connected();
      next.terminal.socket.write(SALE);
      await next.peer.bytes(200);
    });

    it('reset of both ends in the middle of a request', async () => {
      const fault = await rig.arm('reset@request.byte(40)');
      const { terminal, peer } = await rig.connected();
      terminal.socket.write(SALE);
      await terminal.gone();
      await peer.gone();
      assert.equal(terminal.log[0], 'ECONNRESET');
      assert.equal(peer.count, 40);
      assert.equal((await fault.heal()).state, 'in-force');
    });

    it('fin: bytes, then an orderly close of one direction; the other stays', async () => {
      const fault = await rig.arm('fin@response.byte(60) end=terminal');
      const { terminal, peer } = await answered();
      await terminal.saw('end');
      assert.equal(terminal.count, 60);
      terminal.socket.write(REVERSAL);
      await peer.bytes(400);
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.equal(proof.swallowed.response, 140);
      assert.equal(proof.handedOn.response, 60);
    });

    it('half-open: one end is gone, the other hears nothing and believes; new connections work', async () => {
      const fault = await rig.arm('half-open@response.leaving');
      const { terminal, peer } = await answered();
      await peer.gone();
      terminal.socket.write(REVERSAL);
      await rig.recorder.saw(() => fault.proof().swallowed.request === 200);
      await rig.host.settle();
      assert.deepEqual([terminal.log, terminal.count, peer.log[0]], [[], 0, 'ECONNRESET']);
      const next = await rig.connected();
      next.terminal.socket.write(SALE);
      await next.peer.bytes(200);
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.deepEqual([proof.ends?.terminal.connection, proof.ends?.host.connection], ['open', 'reset']);
      await terminal.gone();
    });

    it('accept-then-silence: accepted, counted, never answered, and only this one', async () => {
      const fault = await rig.arm('accept-then-silence@connect');
      const terminal = await dial(rig.relay.address);
      terminal.socket.write(SALE);
      await rig.recorder.saw(() => fault.proof().swallowed.request === 200);
      assert.equal(rig.host.peers.length, 0);
      const next = await rig.connected();
      next.terminal.socket.write(SALE);
      await next.peer.bytes(200);
      assert.deepEqual(terminal.log, []);
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.equal(proof.ends?.host.connection, 'never');
      await terminal.gone();
    });

    it('reset and fin at connect: accepted, then ended at once', async () => {
      for (const [what, sign] of [
        ['reset', 'ECONNRESET'],
        ['fin', 'end'],
      ] as const) {
        const fault = await rig.arm(`${what}@connect`);
        const terminal = await dial(rig.relay.address).catch((error: Error) => error);
        if (terminal instanceof Error) assert.match(terminal.message, /ECONNRESET/);
        else await terminal.saw(sign);
        assert.equal((await fault.heal()).state, 'in-force');
      }
      assert.equal(rig.host.peers.length, 0);
    });
  });

  describe('that hold', () => {
    it('stall: both directions stand still at the byte; then everything goes on and nothing is lost', async () => {
      const fault = await rig.arm('stall@response.byte(30) for=40s');
      const { terminal, peer } = await answered();
      await terminal.bytes(30);
      await rig.struck(fault);
      terminal.socket.write(REVERSAL);
      await rig.host.settle();
      assert.deepEqual([terminal.count, peer.count], [30, 200]);
      await terminal.bytes(200);
      await peer.bytes(400);
      assert.deepEqual(terminal.received, Buffer.from(APPROVAL));
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.ok((proof.heldMs ?? 0) >= 40_000);
    });

    it('a stall that waits for a message which it holds itself says so; towards the terminal alone it is healed', async () => {
      for (const direction of ['both', 'response'] as const) {
        const fault = await rig.arm(`stall@response.leaving direction=${direction} heal=reversal`);
        const { terminal } = await answered();
        await rig.struck(fault);
        terminal.socket.write(REVERSAL);
        if (direction === 'response') await terminal.bytes(200);
        await rig.host.settle();
        assert.equal(terminal.count, direction === 'response' ? 200 : 0);
        assert.equal(/heals it only on another connection/.test(fault.proof().summary), direction === 'both');
        await fault.heal();
      }
    });

    it('stall without a time stands until it is healed', async () => {
      const fault = await rig.arm('stall@response.leaving heal=never');
      const { terminal } = await answered();
      await rig.struck(fault);
      await rig.host.settle();
      assert.equal(terminal.count, 0);
      assert.equal((await fault.heal()).state, 'in-force');
      await terminal.bytes(200);
    });

    it('a stalled stream stands still from its next byte on, either message or not', async () => {
      const { terminal, peer } = await rig.connected();
      const fault = await rig.arm('stall@request heal=never');
      terminal.socket.write(SALE.subarray(0, 50));
      await rig.struck(fault);
      await rig.host.settle();
      assert.equal(peer.count, 0);
      const proof = await fault.heal();
      await peer.bytes(50);
      assert.equal(proof.state, 'in-force', proof.summary);
    });

    it('delay with jitter is never shorter than asked, and the same seed gives the same', async () => {
      const held: number[] = [];
      for (let i = 0; i < 2; i++) {
        const fault = await rig.arm('delay@response.leaving for=500ms jitter=400ms distribution=normal');
        const { terminal } = await answered();
        await terminal.bytes(200);
        const proof = await fault.heal();
        assert.equal(proof.state, 'in-force', proof.summary);
        held.push(proof.heldMs ?? 0);
      }
      assert.ok(held.every((ms) => ms >= 500));
    });

    it('a delayed stream is late as a whole, in order', async () => {
      const fault = await rig.arm('delay@request for=1s jitter=500ms');
      const { terminal, peer } = await rig.connected();
      const began = rig.clock.now();
      for (let i = 0; i < 20; i++)
        terminal.socket.write(frameOf({ mti: '0200', stan: String(i).padStart(6, '0') }));
      await peer.bytes(4000);
      assert.ok(rig.clock.now() - began >= 1000);
      const expected = Array.from({ length: 20 }, (_, i) =>
        frameOf({ mti: '0200', stan: String(i).padStart(6, '0') }),
      );
      assert.deepEqual(peer.received, Buffer.concat(expected));
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force');
      assert.match(proof.summary, /4000 bytes went on with a delay of 1 ?s and a jitter of 500 ?ms/);
    });

    it('bandwidth: a message takes its wire time', async () => {
      const fault = await rig.arm('bandwidth@response.leaving rate=1600bit/s');
      const began = rig.clock.now();
      const { terminal } = await answered();
      await terminal.bytes(200);
      assert.ok(rig.clock.now() - began >= 1000, 'sooner than 1600 bits at 1600 bit/s');
      assert.deepEqual(terminal.received, Buffer.from(APPROVAL));
      assert.equal((await fault.heal()).state, 'in-force');
    });

    it('bandwidth of a stream: everything takes its wire time', async () => {
      const fault = await rig.arm('bandwidth@response rate=3200bit/s');
      const began = rig.clock.now();
      const { terminal, peer } = await answered();
      peer.socket.write(APPROVAL);
      await terminal.bytes(400);
      assert.ok(rig.clock.now() - began >= 1000);
      assert.equal((await fault.heal()).state, 'in-force');
    });

    it('an end that gives up while it has to wait: the delay was in force for as long as there was anybody', async () => {
      for (const text of ['delay@response.leaving for=10h', 'bandwidth@response.leaving rate=1bit/s']) {
        const fault = await rig.arm(text);
        const { terminal, peer } = await answered();
        await rig.struck(fault);
        await rig.host.settle();
        terminal.socket.resetAndDestroy();
        peer.socket.destroy();
        await rig.recorder.saw((event) => event.type === 'link' && event.state === 'closed');
        rig.recorder.events.length = 0;
        const proof = await fault.heal();
        assert.equal(proof.state, 'in-force', proof.summary);
      }
    });

    it('at close: the FIN is held, swallowed, or turned into a reset', async () => {
      const held = await rig.arm('delay@close for=2s direction=request');
      const first = await rig.connected();
      const began = rig.clock.now();
      first.terminal.socket.end(SALE);
      await first.peer.bytes(200);
      await first.peer.saw('end');
      assert.ok(rig.clock.now() - began >= 2000);
      assert.equal((await held.heal()).state, 'in-force');

      const turned = await rig.arm('reset@close end=host direction=request');
      const second = await rig.connected();
      second.terminal.socket.end();
      await second.peer.saw('ECONNRESET');
      assert.equal((await turned.heal()).state, 'in-force');

      const swallowed = await rig.arm('cut@close direction=request');
      const third = await rig.connected();
      third.terminal.socket.end();
      await rig.struck(swallowed);
      await rig.host.settle();
      assert.deepEqual(third.peer.log, []);
      assert.equal((await swallowed.heal()).state, 'in-force');
    });
  });

  describe('that change bytes', () => {
    const cases: readonly (readonly [string, Buffer])[] = [
      ['truncate@response.byte(60)', Buffer.from(APPROVAL.subarray(0, 60))],
      ['truncate@response.last-byte', Buffer.from(APPROVAL.subarray(0, 199))],
      [
        'drop-bytes@response.byte(40) bytes=3',
        Buffer.concat([APPROVAL.subarray(0, 40), APPROVAL.subarray(43)]),
      ],
      ['drop-bytes@response.byte(-3) bytes=3', Buffer.from(APPROVAL.subarray(0, 197))],
      ['corrupt@response.byte(40) bit=3', flipped(40, 3)],
      ['corrupt@response.first-byte', flipped(0, 0)],
      ['corrupt@response.last-byte bit=7', flipped(199, 7)],
      ['duplicate@response.leaving', Buffer.concat([APPROVAL, APPROVAL])],
      ['duplicate@response.leaving copies=3', Buffer.concat([APPROVAL, APPROVAL, APPROVAL, APPROVAL])],
      ['corrupt@response.total(5)', flipped(5, 0)],
      [
        'drop-bytes@response.total(10) bytes=2',
        Buffer.concat([APPROVAL.subarray(0, 10), APPROVAL.subarray(12)]),
      ],
      ['split@response.leaving bytes=7', Buffer.from(APPROVAL)],
      ['split@response.byte(190) bytes=1 every=10ms', Buffer.from(APPROVAL)],
      ['split@response bytes=50 every=1ms', Buffer.from(APPROVAL)],
    ];
    for (const [text, expected] of cases) {
      it(`${text}: exactly these bytes arrive, and the next message is whole`, async () => {
        const fault = await rig.arm(text);
        const { terminal, peer } = await answered();
        await terminal.bytes(expected.length);
        peer.socket.write(approval('000002'));
        await terminal.bytes(expected.length + 200);
        assert.equal(
          terminal.received.toString('hex'),
          Buffer.concat([expected, approval('000002')]).toString('hex'),
        );
        const proof = await fault.heal();
        assert.equal(proof.state, 'in-force', proof.summary);
        assert.equal(proof.strikes, 1);
      });
    }

    function flipped(at: number, bit: number): Buffer {
      const copy = Buffer.from(APPROVAL);
      copy[at] = (copy[at] ?? 0) ^ (1 << bit);
      return copy;
    }

    it('split hands segments on one by one', async () => {
      const fault = await rig.arm('split@response.leaving bytes=50 every=5s');
      const { terminal } = await answered();
      await terminal.bytes(50);
      assert.equal(terminal.count, 50);
      await terminal.bytes(200);
      await fault.heal();
    });

    it('reorder: the next response overtakes; alone, it goes on and is not proved', async () => {
      const fault = await rig.arm('reorder@response.leaving');
      const { terminal, peer } = await answered();
      await rig.struck(fault);
      peer.socket.write(approval('000002'));
      await terminal.bytes(400);
      assert.deepEqual(terminal.received, Buffer.concat([approval('000002'), APPROVAL]));
      assert.equal((await fault.heal()).state, 'in-force');

      const alone = await rig.arm('reorder@response.leaving for=1s');
      const other = await answered();
      await other.terminal.bytes(200);
      const proof = await alone.heal();
      assert.equal(proof.state, 'unknown');
      assert.match(proof.summary, /no other message came/);
    });

    it('coalesce: two responses in one segment', async () => {
      const fault = await rig.arm('coalesce@response.leaving');
      const { terminal, peer } = await answered();
      await rig.struck(fault);
      peer.socket.write(approval('000002'));
      await terminal.bytes(400);
      assert.deepEqual(terminal.received, Buffer.concat([APPROVAL, approval('000002')]));
      // A busy relay writes down behind what it hands on.
      await rig.recorder.saw((event) => event.type === 'bytes' && event.dir === 'out');
      const out = rig.recorder.of('bytes').filter(({ dir }) => dir === 'out');
      assert.deepEqual(
        out.map(({ count }) => count),
        [400],
      );
      assert.equal((await fault.heal()).state, 'in-force');
    });

    it('coalesce with duplicate: a message and its copy in one segment', async () => {
      const faults = [
        await rig.arm('duplicate@response.leaving'),
        await rig.arm('coalesce@response.leaving'),
      ];
      const { terminal } = await answered();
      await terminal.bytes(400);
      // A busy relay writes down behind what it hands on.
      await rig.recorder.saw((event) => event.type === 'bytes' && event.dir === 'out');
      const out = rig.recorder.of('bytes').filter(({ dir }) => dir === 'out');
      assert.deepEqual(
        out.map(({ count }) => count),
        [400],
      );
      for (const fault of faults) assert.equal((await fault.heal()).state, 'in-force');
    });

    it('several at once: each does its part, and all are proved', async () => {
      const faults = [
        await rig.arm('corrupt@response.byte(10)'),
        await rig.arm('drop-bytes@response.byte(20) bytes=5'),
        await rig.arm('split@response.byte(30) bytes=40'),
        await rig.arm('delay@response.byte(50) for=200ms'),
        await rig.arm('cut@response.byte(100)'),
      ];
      const { terminal } = await answered();
      const [, , , , cut] = faults;
      if (!cut) throw new Error('unreachable');
      await rig.struck(cut);
      await terminal.bytes(95);
      const expected = Buffer.concat([flipped(10, 0).subarray(0, 20), APPROVAL.subarray(25, 100)]);
      for (const fault of faults) {
        const proof = await fault.heal();
        assert.equal(proof.state, 'in-force', proof.summary);
      }
      await terminal.gone();
      assert.deepEqual(terminal.received, expected);
    });
  });

  describe('which', () => {
    it('the third reversal, and no other, under changing chunks', async () => {
      const fault = await rig.arm('corrupt@request.byte(50) on=reversal nth=3');
      const { terminal, peer } = await rig.connected();
      const frames = [1, 2, 3, 4].flatMap((i) => [
        frameOf({ mti: '0400', stan: `00000${i}`, fields: { '39': '98' } }),
        SALE,
      ]);
      terminal.socket.write(Buffer.concat(frames));
      await peer.bytes(1600);
      const wrong = frames.map((frame, i) => !peer.received.subarray(i * 200, i * 200 + 200).equals(frame));
      assert.deepEqual(wrong, [false, false, false, false, true, false, false, false]);
      const { trigger, state } = await fault.heal();
      assert.equal(state, 'in-force');
      assert.deepEqual([trigger?.stan, trigger?.ordinal], ['000003', 3]);
    });

    it('every one from the nth on, as often as asked', async () => {
      const fault = await rig.arm('duplicate@request.leaving nth=2 times=2');
      const { terminal, peer } = await rig.connected();
      for (let i = 0; i < 5; i++) terminal.socket.write(SALE);
      await peer.bytes(1400);
      const proof = await fault.heal();
      assert.deepEqual([proof.strikes, proof.state, peer.count], [2, 'in-force', 1400]);
    });

    it('only on the connection, the region and the terminal that are meant', async () => {
      await rig.relay.setPath({ region: 'wuxi', access: 'wired' });
      const first = await rig.connected();
      const byConnection = await rig.arm('corrupt@request.byte(50) connection=2');
      const byRegion = await rig.arm('corrupt@request.byte(60) region=chengdu');
      const byTerminal = await rig.arm('corrupt@request.byte(70) terminal=99999999');
      first.terminal.socket.write(SALE);
      await first.peer.bytes(200);
      assert.deepEqual(first.peer.received, Buffer.from(SALE));
      const second = await rig.connected();
      second.terminal.socket.write(SALE);
      await second.peer.bytes(200);
      assert.equal(byConnection.proof().state, 'in-force');
      assert.deepEqual([byRegion.proof().state, byTerminal.proof().state], ['not-in-force', 'not-in-force']);
      await rig.relay.setPath({ region: 'chengdu', live: 'keep' });
      second.terminal.socket.write(SALE);
      await second.peer.bytes(400);
      assert.equal((await byRegion.heal()).state, 'in-force');
      assert.match((await byTerminal.heal()).summary, /no financial message of terminal 99999999 came/);
    });

    it('by chance, decided by the seed; what chance spared says so', async () => {
      const hits = async () => {
        const other = await RelayRig.open();
        const fault = await other.arm('duplicate@request.leaving probability=0.3 times=always');
        const { terminal, peer } = await other.connected();
        terminal.socket.write(Buffer.concat(Array.from({ length: 50 }, () => SALE)));
        await other.recorder.saw(() => other.recorder.of('message').length === 50);
        const { strikes = 0, state } = await fault.heal();
        await peer.bytes((50 + strikes) * 200);
        await other.close();
        assert.equal(state, 'in-force');
        return strikes;
      };
      const strikes = await hits();
      assert.ok(strikes > 3 && strikes < 30, `${strikes} of 50`);
      assert.equal(await hits(), strikes);
      const spared = await rig.arm('cut@request.leaving probability=0.000001');
      const { terminal, peer } = await rig.connected();
      terminal.socket.write(SALE);
      await peer.bytes(200);
      const proof = await spared.heal();
      assert.equal(proof.state, 'not-in-force');
      assert.match(proof.summary, /chance .* spared all 1/);
    });

    it('heals on a kind of message, which goes through', async () => {
      const fault = await rig.arm('delay@request for=5s heal=reversal');
      const { terminal, peer } = await rig.connected();
      terminal.socket.write(SALE);
      await peer.bytes(200);
      terminal.socket.write(REVERSAL);
      await peer.bytes(400);
      await rig.recorder.saw((event) => event.type === 'fault' && event.phase === 'healed');
      assert.equal(fault.proof().state, 'in-force');
    });
  });

  describe('that do nothing are noticed', () => {
    it('because nobody connects, nothing comes, or the message is too short', async () => {
      const silent = await rig.arm('accept-then-silence@connect');
      assert.deepEqual(
        [(await silent.heal()).state, silent.proof().summary],
        ['not-in-force', 'accept-then-silence at connect never struck: no connection came.'],
      );
      const stream = await rig.arm('bandwidth@request rate=1kbit/s');
      assert.match((await stream.heal()).summary, /no byte of a request came/);
      const short = await rig.arm('truncate@request.byte(200)');
      const { terminal, peer } = await rig.connected();
      terminal.socket.write(SALE);
      await peer.bytes(200);
      const proof = await short.heal();
      assert.equal(proof.state, 'not-in-force');
      assert.match(proof.summary, /only 200 bytes/);
    });

    it('because the relay cannot do them: refused before anything begins', async () => {
      for (const [text, why] of [
        ['loss@request share=5', /packet or kernel layer/],
        ['tls@tls.handshake how=expired', /no TLS is spoken/],
        ['dns@connect how=nxdomain', /answers no look-ups/],
        ['cut@request.leaving layer=kernel', /asked of the kernel layer/],
      ] as const)
        await assert.rejects(rig.arm(text), why);
      const bytesOnly = await RelayRig.open({ dialect: undefined });
      await assert.rejects(bytesOnly.arm('cut@request.leaving'), /without a dialect/);
      const fault = await bytesOnly.arm('cut@response.total(77)');
      const { terminal, peer } = await bytesOnly.connected();
      peer.socket.write(APPROVAL);
      await terminal.bytes(77);
      assert.equal((await fault.heal()).state, 'in-force');
      await terminal.gone();
      assert.equal(terminal.count, 77);
      await bytesOnly.close();
    });
  });

  describe('in HTTP', () => {
    const post = (frame: Uint8Array) =>
      Buffer.concat([
        Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${frame.length}\r\n\r\n`),
        frame,
      ]);

    it('a message is the whole POST: it is told apart by its body, and cut at a byte of it', async () => {
      const http = await RelayRig.open({ framing: 'http-post' });
      const fault = await http.arm('cut@request.byte(-1) on=reversal nth=2');
      const { terminal, peer } = await http.connected();
      const all = Buffer.concat([post(REVERSAL), post(SALE), post(REVERSAL)]);
      for (const byte of all) terminal.socket.write(Uint8Array.of(byte));
      await peer.bytes(all.length - 1);
      await http.struck(fault);
      const proof = await fault.heal();
      await peer.gone();
      assert.deepEqual(peer.received, all.subarray(0, -1));
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.equal(proof.trigger?.bytes, post(REVERSAL).length);
      assert.deepEqual(
        http.recorder.of('message').map(({ message }) => message.kind),
        ['reversal', 'sale', 'reversal'],
      );
      await http.close();
    });
  });

  describe('handover', () => {
    it('keeps the live connection and changes the path under it', async () => {
      await rig.relay.setPath({ region: 'wuxi', access: 'wired' });
      const fault = await rig.arm('handover@request.last-byte to=chengdu access=wifi live=keep');
      const { terminal, peer } = await answered();
      await terminal.bytes(200);
      assert.equal(peer.socket.remoteAddress, '127.5.10.1');
      const next = await rig.connected();
      assert.equal(next.peer.socket.remoteAddress, '127.0.28.1');
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.match(proof.summary, /moved to chengdu over wifi, live connections keep/);
    });

    it('half-open: both ends believe in a connection that is dead; reset tells both', async () => {
      await rig.relay.setPath({ region: 'wuxi', access: 'wired' });
      const silent = await rig.arm('handover@request.last-byte access=4g live=half-open');
      const { terminal, peer } = await answered();
      await rig.struck(silent);
      terminal.socket.write(REVERSAL);
      await rig.host.settle();
      assert.deepEqual([terminal.log, terminal.count, peer.log, peer.count], [[], 0, [], 200]);
      assert.equal((await silent.heal()).state, 'in-force');
      const second = await rig.connected();
      await rig.relay.setPath({ region: 'beijing', live: 'reset' });
      await second.terminal.saw('ECONNRESET');
      await terminal.gone();
    });
  });
});
