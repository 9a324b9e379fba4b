import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseFault } from '../../../rig/model/fault-text.ts';
import { loadDialect } from '../../host/dialect.ts';
import { type Op, planMessage } from './plan.ts';
import { RelayFault, type Strike } from './relay-fault.ts';
import { splitter } from './splitter.ts';
import { dial, frameOf } from './testing/peers.ts';
import { RelayRig } from './testing/relay-rig.ts';

const DIALECT = loadDialect('unionpay-pos');

/** Faults on bytes, and what they are to make of a message: written down apart from the code under test. */
const FAULTS = fc.oneof(
  fc
    .record({ at: fc.nat(199), bit: fc.nat(7) })
    .map(({ at, bit }) => ({ text: `corrupt@request.byte(${at}) bit=${bit}`, at, flip: 1 << bit })),
  fc
    .record({ at: fc.nat(150), n: fc.integer({ min: 1, max: 50 }) })
    .map(({ at, n }) => ({ text: `drop-bytes@request.byte(${at}) bytes=${n}`, at, out: at + n })),
  fc.nat(199).map((at) => ({ text: `truncate@request.byte(${at})`, at, out: 200 })),
  fc
    .record({ at: fc.nat(200), n: fc.integer({ min: 1, max: 60 }) })
    .map(({ at, n }) => ({ text: `split@request.byte(${at}) bytes=${n}`, at })),
  fc.nat(200).map((at) => ({ text: `delay@request.byte(${at}) for=20ms`, at })),
  fc.nat(200).map((at) => ({ text: `stall@request.byte(${at}) for=20ms`, at })),
  fc.nat(200).map((at) => ({ text: `bandwidth@request.byte(${at}) rate=1Mbit/s`, at })),
);
type Case = { readonly text: string; readonly at: number; readonly flip?: number; readonly out?: number };

/** Byte by byte: is it left out, and what bits are inverted? */
function expected(message: Uint8Array, faults: readonly Case[]): Buffer {
  const bytes: number[] = [];
  message.forEach((byte, i) => {
    if (faults.some(({ at, out }) => out !== undefined && at <= i && i < out)) return;
    bytes.push(
      faults.reduce((value, { at, flip }) => (flip !== undefined && at === i ? value ^ flip : value), byte),
    );
  });
  return Buffer.from(bytes);
}

const chunked = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? bytes.length;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
};
const SIZES = fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 6 });

describe('relay, whatever the faults and the chunks', () => {
  it('a plan makes of a message what its faults ask for and nothing else', () => {
    const bytes = fc.uint8Array({ minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.array(FAULTS, { maxLength: 6 }), (message, faults) => {
        const strikes = faults.map(({ text }, i): Strike => {
          const fault = new RelayFault(`f${i}`, parseFault(`${text} on=any`), 0, i, []);
          fault.phase = 'armed';
          const strike = fault.meets('c1', undefined, 'request', undefined, 200, 0);
          assert.ok(strike, text);
          return strike;
        });
        const before = Buffer.from(message);
        const ops = planMessage(message, strikes);
        const emitted = (op: Op) => (op.do === 'emit' ? [op.bytes] : []);
        assert.equal(
          Buffer.concat(ops.flatMap(emitted)).toString('hex'),
          expected(message, faults).toString('hex'),
        );
        assert.deepEqual(Buffer.from(message), before, 'the message itself was changed');
        const acts = ops.flatMap((op) => (op.do === 'act' ? [op.strike] : []));
        const asked = strikes.filter(({ fault }) => ['delay', 'stall'].includes(fault.fault.do));
        assert.deepEqual(new Set(acts), new Set(asked));
      }),
    );
  });

  it('a splitter finds the same borders and loses no byte, however the stream is cut', () => {
    const lengths = fc.array(fc.integer({ min: 130, max: 400 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(lengths, SIZES, (sizes, chunks) => {
        const frames = sizes.map((length) => frameOf({ mti: '0200', length }));
        const split = splitter(DIALECT, 'raw', 'request');
        const pieces = chunked(Buffer.concat(frames), chunks).flatMap((chunk) => [...split.push(chunk)]);
        assert.deepEqual(Buffer.concat(pieces.map(({ bytes }) => bytes)), Buffer.concat(frames));
        const found = pieces.flatMap(({ frame }) => (frame ? [Buffer.from(frame)] : []));
        assert.deepEqual(
          found,
          frames.map((frame) => Buffer.from(frame)),
        );
        const http = splitter(DIALECT, 'http-post', 'request');
        const post = (frame: Uint8Array) =>
          Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\nContent-Length: ${frame.length}\r\n\r\n`), frame]);
        const posts = frames.map(post);
        const parts = chunked(Buffer.concat(posts), chunks).flatMap((chunk) => [...http.push(chunk)]);
        assert.deepEqual(Buffer.concat(parts.map(({ bytes }) => bytes)), Buffer.concat(posts));
        assert.equal(parts.filter(({ completes }) => completes).length, posts.length);
        assert.deepEqual(
          parts.flatMap(({ frame }) => (frame ? [Buffer.from(frame)] : [])),
          frames.map((frame) => Buffer.from(frame)),
        );
      }),
    );
  });

  it('real sockets: random faults on random messages in random chunks change only what they were asked to', async () => {
    const rig = await RelayRig.open();
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(FAULTS, { maxLength: 4 }),
          fc.integer({ min: 1, max: 4 }),
          SIZES,
          async (faults, struck, sizes) => {
            const frames = [1, 2, 3, 4].map((i) => frameOf({ mti: '0200', stan: `00000${i}` }));
            const armed = [];
            for (const { text } of faults) armed.push(await rig.arm(`${text} nth=${struck}`));
            const terminal = await dial(rig.relay.address);
            const host = rig.host.peers.length;
            for (const chunk of chunked(Buffer.concat(frames), sizes)) terminal.socket.write(chunk);
            const wanted = Buffer.concat(
              frames.map((frame, i) => (i === struck - 1 ? expected(frame, faults) : frame)),
            );
            const peer = rig.host.peers[host - 1] ?? (await rig.host.peer(host));
            terminal.socket.end();
            await peer.saw('end');
            assert.equal(peer.received.toString('hex'), wanted.toString('hex'));
            for (const fault of armed) {
              const proof = await fault.heal();
              // A corruption may be undone by another fault at its byte, and says so.
              const undone = proof.fault.do === 'corrupt' && /fault-\d+ (left|inverted)/.test(proof.summary);
              assert.equal(proof.state, undone ? 'unknown' : 'in-force', proof.summary);
            }
            peer.socket.destroy();
            await terminal.gone();
            rig.host.peers.length = 0;
            rig.recorder.events.length = 0;
          },
        ),
        { numRuns: 60 },
      );
    } finally {
      await rig.close();
    }
  });
});
