import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRigError } from '../../../rig/model/errors.ts';
import { type Command, importRequest, usbIpReader } from './usbip.ts';

/** A submit as the kernel sends it (usbip_protocol.rst), written out here by hand. */
function submit(seq: number, direction: 0 | 1, endpoint: number, data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(48);
  header.writeUInt32BE(1, 0);
  header.writeUInt32BE(seq, 4);
  header.writeUInt32BE(direction, 12);
  header.writeUInt32BE(endpoint, 16);
  header.writeUInt32BE(data.length, 24);
  return Buffer.concat([header, direction === 0 ? data : new Uint8Array(0)]);
}

const drain = (reader: ReturnType<typeof usbIpReader>): Command[] => {
  const found: Command[] = [];
  for (let command = reader.command(); command; command = reader.command()) found.push(command);
  return found;
};

describe('USB/IP messages', () => {
  it('come out the same however the stream was cut', () => {
    const message = fc.record({
      seq: fc.nat(),
      direction: fc.constantFrom<0 | 1>(0, 1),
      endpoint: fc.integer({ min: 0, max: 15 }),
      data: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(400)), (messages, cuts) => {
        const stream = Buffer.concat(messages.map((m) => submit(m.seq, m.direction, m.endpoint, m.data)));
        const reader = usbIpReader();
        const found: Command[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          reader.push(stream.subarray(at, at + cut));
          at = Math.min(stream.length, at + cut);
          found.push(...drain(reader));
        }
        assert.deepEqual(
          found.map(
            (c) => c.kind === 'submit' && [c.seq, c.direction, c.endpoint, c.length, Buffer.from(c.data)],
          ),
          messages.map((m) => [
            m.seq,
            m.direction === 0 ? 'out' : 'in',
            m.endpoint,
            m.data.length,
            Buffer.from(m.direction === 0 ? m.data : []),
          ]),
        );
      }),
    );
  });

  it('anything else is refused as not USB/IP, and never waited for without bound', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 200 }), fc.boolean(), (garbage, imported) => {
        const reader = usbIpReader();
        reader.push(garbage);
        try {
          if (imported) drain(reader);
          else reader.request();
        } catch (error) {
          assert.ok(isRigError(error) && error.code === 'TRANSPORT_PROTOCOL');
        }
      }),
    );
    const reader = usbIpReader();
    const huge = Buffer.from(submit(1, 0, 2, new Uint8Array(0)));
    huge.writeUInt32BE(0xffff_ffff, 24);
    reader.push(huge);
    assert.throws(() => reader.command(), { code: 'TRANSPORT_PROTOCOL' });
  });

  it('the bus id of an import ends at its first NUL', () => {
    const reader = usbIpReader();
    reader.push(importRequest('3-1.4'));
    assert.deepEqual(reader.request(), { ask: 'import', busId: '3-1.4' });
    reader.push(importRequest('x'.repeat(99)));
    assert.deepEqual(reader.request(), { ask: 'import', busId: 'x'.repeat(31) });
  });
});
