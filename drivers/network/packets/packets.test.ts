import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseFault } from '../../../rig/model/fault-text.ts';
import { itInSandbox } from '../kernel/testing/in-sandbox.ts';
import { drawJitter, mulberry32 } from '../relay/random.ts';
import { Loss } from './chance.ts';
import { Departures } from './departures.ts';
import { orderOf, unableInPackets } from './enforcer.ts';
import { PacketEvents } from './events.ts';
import {
  checksumsRight,
  corrupted,
  FLAGS,
  mendChecksums,
  readSegment,
  resetFor,
  resetInsteadOf,
} from './ip.ts';
import { Link } from './link.ts';
import { Orders, PacketOrder } from './orders.ts';
import { EngineProfile, LinkProfile } from './profile.ts';
import { segmentOf } from './testing/segment.ts';

const payloads = fc.uint8Array({ minLength: 0, maxLength: 1460 });
const link = (options: Parameters<typeof LinkProfile.parse>[0], seed = 1) =>
  new Link(LinkProfile.parse(options), seed);

describe('IP and TCP', () => {
  // The IP header is the worked example of many textbooks, checksum b1e6; behind it a SYN with 20 bytes of options.
  const SYN = Buffer.from(
    `4500003c1c4640004006b1e6ac100a63ac100a0c8d3a1f90a1b2c3d400000000a002faf000000000${'01'.repeat(20)}`,
    'hex',
  );

  it('reads a segment and gives it right checksums', () => {
    const header = Uint8Array.from(SYN);
    assert.ok(!checksumsRight(header));
    mendChecksums(header);
    assert.equal(Buffer.from(header.subarray(10, 12)).toString('hex'), 'b1e6');
    assert.ok(checksumsRight(header));
    assert.deepEqual(readSegment(header)?.flags, FLAGS.syn);
    assert.equal(readSegment(header)?.source, '172.16.10.99');
  });

  it('never fails on anything, and takes nothing broken for a segment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const before = Uint8Array.from(bytes);
        const segment = readSegment(bytes);
        checksumsRight(bytes);
        corrupted(bytes, 77);
        resetFor(bytes);
        assert.deepEqual(bytes, before);
        if (segment) assert.ok(segment.length <= bytes.length && segment.payloadAt <= segment.length);
      }),
    );
  });

  it('mends checksums of any payload; one inverted bit makes them wrong, mending makes them right again', () => {
    fc.assert(
      fc.property(payloads, fc.nat(100_000), (payload, bit) => {
        const packet = segmentOf({ payload });
        assert.ok(checksumsRight(packet));
        const worse = corrupted(packet, bit);
        if (payload.length === 0) return assert.equal(worse, undefined);
        assert.ok(worse && !checksumsRight(worse));
        const mended = corrupted(packet, bit, true);
        assert.ok(mended && checksumsRight(mended));
        let differing = 0;
        for (let at = 40; at < packet.length; at++) if (packet[at] !== mended[at]) differing++;
        return assert.equal(differing, 1);
      }),
    );
  });

  it('answers a segment with the reset that its sender must believe', () => {
    const reset = resetFor(segmentOf({ payload: new Uint8Array(10), acknowledgement: 777 }));
    assert.ok(reset && checksumsRight(reset));
    const read = readSegment(reset);
    assert.deepEqual(
      [read?.source, read?.destinationPort, read?.sequence, read?.flags],
      ['10.0.0.2', 40000, 777, FLAGS.rst],
    );
    assert.equal(resetFor(reset), undefined);
    const refused = readSegment(resetFor(segmentOf({ flags: FLAGS.syn, sequence: 99 })) ?? new Uint8Array());
    assert.deepEqual([refused?.acknowledgement, refused?.flags], [100, FLAGS.rst | FLAGS.ack]);
  });
});

describe('IPv6 and TCP', () => {
  /** A segment of 3 bytes from 2001:db8::1 to fd00:7052:0:0:1::2, in whole 16-bit groups. */
  const segment = (payload: string): Uint8Array => {
    const bytes = Buffer.from(
      `6000000000140640${'20010db8000000000000000000000001'}${'fd007052000000000001000000000002'}` +
        `9c402187000000010000030950100200${'00000000'}${payload}`,
      'hex',
    );
    bytes.writeUInt16BE(20 + payload.length / 2, 4);
    const packet = Uint8Array.from(bytes);
    mendChecksums(packet);
    return packet;
  };

  it('reads a segment with its addresses as they are commonly written', () => {
    const read = readSegment(segment('313233'));
    assert.deepEqual(
      [
        read?.source,
        read?.destination,
        read?.sourcePort,
        read?.destinationPort,
        read?.payloadAt,
        read?.length,
      ],
      ['2001:db8::1', 'fd00:7052::1:0:0:2', 40000, 8583, 60, 63],
    );
    assert.ok(checksumsRight(segment('313233')));
    const worse = corrupted(segment('313233'), 9);
    assert.ok(worse && !checksumsRight(worse));
  });

  it('is taken for nothing when it is cut short', () => {
    const whole = segment('313233');
    for (let length = 0; length < whole.length; length++)
      assert.equal(readSegment(whole.subarray(0, length)), undefined);
  });

  it('resets both ends: its sender believes the one, its receiver the other', () => {
    const back = readSegment(resetFor(segment('313233')) ?? new Uint8Array());
    assert.deepEqual([back?.destination, back?.sequence, back?.flags], ['2001:db8::1', 777, FLAGS.rst]);
    const instead = resetInsteadOf(segment('313233'));
    assert.ok(instead && checksumsRight(instead));
    const on = readSegment(instead);
    assert.deepEqual([on?.source, on?.sequence, on?.flags], ['2001:db8::1', 1, FLAGS.rst | FLAGS.ack]);
  });
});

describe('orders', () => {
  const order = (given: Parameters<typeof PacketOrder.parse>[0]) => PacketOrder.parse(given);
  const request = (words: Parameters<typeof segmentOf>[0] = {}) =>
    segmentOf({ payload: Uint8Array.of(1), ...words });
  const response = (words: Parameters<typeof segmentOf>[0] = {}) =>
    segmentOf({
      source: '10.0.0.2',
      destination: '10.0.0.1',
      sourcePort: 8583,
      destinationPort: 40000,
      payload: Uint8Array.of(1),
      ...words,
    });
  const counted = (orders: Orders) => orders.listed.map(({ comment, packets }) => [comment, packets]);

  it('drop what they are about, one direction, one connection, and nothing else', () => {
    const orders = new Orders();
    orders.add(
      order({ id: 'a', what: 'drop', direction: 'request', only: { address: '10.0.0.1', port: 40000 } }),
    );
    assert.equal(orders.carry(request(), 'request', 1).departures.length, 0);
    assert.equal(orders.carry(request({ sourcePort: 40001 }), 'request', 1).departures.length, 1);
    assert.equal(orders.carry(response(), 'response', 1).departures.length, 1);
    assert.deepEqual(counted(orders), [['a', 1]]);
    orders.remove('a');
    assert.equal(orders.carry(request(), 'request', 1).departures.length, 1);
  });

  it('delay the first SYN of each connection, and no other packet', () => {
    const orders = new Orders();
    orders.add(
      order({ id: 'a', what: 'link', direction: 'request', which: 'handshake', link: { delay: 300 } }),
    );
    const at = (words: Parameters<typeof segmentOf>[0], now: number) =>
      orders.carry(segmentOf(words), 'request', now).departures.map((departure) => departure.at);
    assert.deepEqual(at({ flags: FLAGS.syn }, 1000), [1300]);
    assert.deepEqual(at({ flags: FLAGS.syn }, 2000), [2000], 'sent again');
    assert.deepEqual(at({ payload: Uint8Array.of(1) }, 2000), [2000]);
    assert.deepEqual(at({ flags: FLAGS.syn, sourcePort: 40001 }, 2000), [2300]);
    assert.deepEqual(counted(orders), [['a', 2]]);
  });

  it('reset both ends at the next segment that carries something, once', () => {
    const orders = new Orders();
    orders.add(order({ id: 'a', what: 'reset', direction: 'response' }));
    assert.equal(orders.carry(response({ payload: new Uint8Array() }), 'response', 1).back, undefined);
    const { departures, back } = orders.carry(response(), 'response', 1);
    assert.equal(readSegment(departures[0]?.bytes ?? new Uint8Array())?.flags, FLAGS.rst | FLAGS.ack);
    assert.equal(readSegment(back ?? new Uint8Array())?.flags, FLAGS.rst);
    assert.equal(orders.carry(response(), 'response', 1).back, undefined);
  });

  it('stand one behind the other, each with chances of its own, the same for the same seed', () => {
    const run = (more: boolean) => {
      const orders = new Orders();
      orders.add(order({ id: 'loss', what: 'link', link: { loss: 30 }, seed: 5 }));
      if (more) orders.add(order({ id: 'twice', what: 'link', link: { duplicate: 50 }, seed: 6 }));
      let out = 0;
      for (let i = 0; i < 400; i++) out += orders.carry(request(), 'request', i).departures.length;
      return { lost: orders.listed[0]?.packets ?? 0, twice: orders.listed[1]?.packets ?? 0, out };
    };
    const [alone, both] = [run(false), run(true)];
    assert.equal(alone.lost, both.lost);
    assert.equal(alone.out, 400 - alone.lost);
    assert.equal(both.out, alone.out + both.twice);
    assert.ok(alone.lost > 80 && alone.lost < 160 && both.twice > 90);
    assert.deepEqual(run(true), both);
  });

  it('have handles that are never given twice', () => {
    const orders = new Orders();
    for (let i = 0; i < 3; i++) orders.add(order({ id: 'a', what: 'drop' }));
    assert.deepEqual(
      orders.listed.map(({ handle }) => handle),
      [3],
    );
  });
});

describe('faults of the packet layer', () => {
  const fault = (text: string) => parseFault(`${text} layer=packet`);
  const ends = { terminal: { address: '198.18.0.2', port: 40000 } };

  it('become orders in wall time, whatever the clock of the bench', () => {
    assert.deepEqual(
      orderOf(fault('delay@response for=200ms jitter=100ms distribution=pareto'), undefined, 20),
      {
        what: 'link',
        direction: 'response',
        link: { delay: 10, jitter: 5, distribution: 'pareto' },
      },
    );
    assert.deepEqual(orderOf(fault('bandwidth@request rate=20kbit/s'), undefined, 20).link, {
      rate: 400_000,
    });
    assert.deepEqual(orderOf(fault('delay@connect for=3s'), undefined, 60), {
      what: 'link',
      direction: 'request',
      which: 'handshake',
      link: { delay: 50, jitter: 0 },
    });
  });

  it('are about the connection of their message, a cut about all', () => {
    assert.deepEqual(orderOf(fault('withhold-ack@response.leaving on=sale'), ends, 1), {
      what: 'drop',
      direction: 'request',
      only: ends.terminal,
    });
    assert.deepEqual(orderOf(fault('duplicate@response.leaving on=sale'), ends, 1), {
      what: 'link',
      direction: 'response',
      link: { duplicate: 100 },
      only: ends.terminal,
      which: 'first',
    });
    assert.deepEqual(orderOf(fault('cut@response.leaving direction=response'), undefined, 1), {
      what: 'drop',
      direction: 'response',
    });
  });

  it('are refused with the reason when packets cannot show them', () => {
    for (const [text, why] of [
      ['withhold-ack@request.leaving', /before any program has read/],
      ['reset@response.leaving end=host', /only the host/],
      ['reorder@response.leaving', /reorder at response\.leaving/],
      ['delay@response.leaving for=1s times=3', /more than once/],
      ['corrupt@response.byte(3) bit=2', /choose the bit/],
      ['cut@connect nth=2', /later connection/],
      ['cut@connect heal=connect', /heal this on an event/],
    ] as const)
      assert.match(unableInPackets(fault(text)) ?? '', why, text);
    for (const text of [
      'loss@response share=5 burst=4',
      'mtu@request bytes=900',
      'stall@response.byte(5) heal=5s',
    ])
      assert.equal(unableInPackets(fault(text)), undefined, text);
  });
});

describe('a link', () => {
  const send = (one: Link, count: number, every = 1) =>
    Array.from({ length: count }, (_, i) =>
      one.carry(segmentOf({ sequence: i, payload: Uint8Array.of(i) }), i * every),
    );

  it('is never early, keeps order unless told otherwise, and is the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.nat(100),
        fc.constantFrom('uniform', 'normal', 'pareto'),
        fc.nat(),
        (delay, jitter, distribution, seed) => {
          const options = { delay: `${delay} ms`, jitter: `${jitter} ms`, distribution };
          const departures = send(link(options, seed), 50).flat();
          assert.equal(departures.length, 50);
          for (const [i, { at }] of departures.entries()) {
            assert.ok(at >= i + delay);
            assert.ok(i === 0 || at >= (departures[i - 1]?.at ?? 0));
          }
          assert.deepEqual(send(link(options, seed), 50).flat(), departures);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('accounts for every packet', () => {
    const one = link({ loss: 10, duplicate: 10, corrupt: 10, reorder: 10, delay: '20 ms', mtu: 1000 }, 7);
    const out = send(one, 5000, 0.5).flat().length;
    const { packets, lost, queueFull, tooLarge, duplicated } = one.counts;
    assert.equal(out, packets - lost - queueFull - tooLarge + duplicated);
    for (const count of [lost, duplicated, one.counts.corrupted, one.counts.reordered])
      assert.ok(count > 350 && count < 650, JSON.stringify(one.counts));
  });

  it('loses the asked share, in bursts of the asked mean length', () => {
    for (const [share, burst] of [
      [5, undefined],
      [3.85, 4],
      [20, 10],
    ] as const) {
      const loss = new Loss(share / 100, burst, mulberry32(3));
      const fates = Array.from({ length: 200_000 }, () => loss.next());
      const lost = fates.filter(Boolean).length;
      const runs = fates.filter((fate, i) => fate && fates[i - 1] !== true).length;
      assert.ok(Math.abs(lost / 2000 - share) < share / 10, `${lost / 2000} for ${share}`);
      const mean = burst ?? 1 / (1 - share / 100);
      assert.ok(Math.abs(lost / runs - mean) < mean / 10, `${lost / runs} for ${mean}`);
    }
    assert.ok(Array.from({ length: 100 }, () => new Loss(1, undefined, mulberry32(1)).next()).every(Boolean));
    assert.ok(!Array.from({ length: 100 }, () => new Loss(0, 4, mulberry32(1)).next()).some(Boolean));
  });

  it('sends at its rate, and loses what its queue cannot hold', () => {
    const one = link({ rate: '8 kbit/s', queue: 10 });
    const packet = segmentOf({ payload: new Uint8Array(60) });
    const departures = Array.from({ length: 30 }, () => one.carry(packet, 0)).flat();
    // 100 bytes at 1000 bytes a second: one every 100 ms.
    assert.deepEqual(
      departures.map(({ at }) => Math.round(at)),
      Array.from({ length: 10 }, (_, i) => (i + 1) * 100),
    );
    assert.equal(one.counts.queueFull, 20);
    assert.equal(one.carry(packet, 550).length, 1);
  });

  it('overtakes when told to, and only then', () => {
    const departures = send(link({ delay: '50 ms', reorder: 20 }, 5), 100).flat();
    const overtaking = departures.filter(({ at }, i) => at === i);
    assert.ok(overtaking.length > 5 && overtaking.length < 40);
  });

  it('takes no packet larger than its MTU', () => {
    const one = link({ mtu: 100 });
    assert.equal(one.carry(segmentOf({ payload: new Uint8Array(60) }), 0).length, 1);
    assert.equal(one.carry(segmentOf({ payload: new Uint8Array(61) }), 0).length, 0);
    assert.equal(one.counts.tooLarge, 1);
  });

  it('spreads as the distribution says, never below nothing', () => {
    for (const distribution of ['uniform', 'normal', 'pareto'] as const) {
      const random = mulberry32(11);
      const values = Array.from({ length: 20_000 }, () => drawJitter(100, distribution, random));
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      assert.ok(Math.min(...values) >= 0);
      assert.ok(Math.max(...values) <= { uniform: 100, normal: 400, pareto: 2000 }[distribution]);
      const expected = distribution === 'normal' ? 101 : 50;
      assert.ok(Math.abs(mean - expected) < 2, `${distribution} ${mean}`);
    }
  });
});

describe('departures', () => {
  it('leave in the order of their times, first in first out', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (times) => {
        const queue = new Departures();
        for (const [i, at] of times.entries()) queue.push({ at, bytes: Uint8Array.of(i) });
        const expected = times.map((at, i) => [at, i] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        for (const [at, i] of expected) {
          assert.equal(queue.next, at);
          assert.equal(queue.takeDue(at - 1), undefined);
          assert.deepEqual(queue.takeDue(at)?.bytes, Uint8Array.of(i));
        }
        assert.equal(queue.size, 0);
      }),
    );
  });
});

describe('events on the wire', () => {
  const response = (text: string, more = {}) =>
    segmentOf({
      source: '10.0.0.2',
      sourcePort: 8583,
      destination: '10.0.0.1',
      destinationPort: 40000,
      payload: Buffer.from(text, 'hex'),
      ...more,
    });
  const request = (more = {}) => segmentOf({ payload: Uint8Array.of(1), ...more });
  const events = (list: unknown) => new PacketEvents(EngineProfile.parse({ events: list }).events);

  it('let the nth message of a type arrive and nothing come back', () => {
    const judge = events([
      { when: { direction: 'response', payload: '0210', offset: 2, nth: 2 }, do: 'cut-back' },
    ]);
    assert.deepEqual(judge.judge(response('00020210'), 'response'), { passes: true });
    assert.deepEqual(judge.judge(response('00020810'), 'response'), { passes: true });
    assert.equal(judge.judge(request(), 'request').passes, true);
    assert.deepEqual(judge.judge(response('00020210'), 'response'), { passes: true, struck: 0 });
    assert.equal(judge.judge(request(), 'request').passes, false);
    assert.equal(judge.judge(response('00020210'), 'response').passes, true);
    assert.equal(judge.judge(request({ sourcePort: 40001 }), 'request').passes, true);
  });

  it('cut a connection, drop one packet, or reset its sender', () => {
    const cut = events([{ when: { direction: 'request' }, do: 'cut' }]);
    assert.deepEqual(cut.judge(request(), 'request'), { passes: false, struck: 0 });
    assert.equal(cut.judge(response('00'), 'response').passes, false);
    // A SYN sent again is still of the connection that was cut.
    assert.equal(cut.judge(request({ flags: FLAGS.syn }), 'request').passes, false);

    const drop = events([{ when: { direction: 'request', flag: 'syn' }, do: 'drop' }]);
    assert.equal(drop.judge(request({ flags: FLAGS.syn }), 'request').passes, false);
    assert.equal(drop.judge(request(), 'request').passes, true);

    const reset = events([{ when: { direction: 'request' }, do: 'reset' }]).judge(request(), 'request');
    assert.equal(reset.passes, false);
    assert.ok(reset.back && checksumsRight(reset.back));
  });

  it('pass over what is no segment, and forget the oldest of very many connections', () => {
    const judge = events([{ when: { direction: 'request' }, do: 'cut' }]);
    assert.deepEqual(judge.judge(new Uint8Array(3), 'request'), { passes: true });
    for (let i = 0; i < 10_000; i++)
      judge.judge(request({ sourcePort: i % 65_536, source: `10.0.${i >> 8}.1` }), 'request');
  });
});

describe('packet engine', () => {
  itInSandbox(
    'carries real TCP connections across its devices and does to their segments what it is told',
    'drivers/network/packets/engine.sandboxed.ts',
    7,
    ['tun', 'veth', 'ip', 'policy-routing'],
  );
});
