import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dialect, frameOf, requests } from '../testing/terminal.ts';
import { enframe, FRAMINGS, type Unframed, unframer } from './framing.ts';
import { type Body, CONTENT_TYPE, HttpBodies, httpRequest, httpResponse } from './http-post.ts';

const latin = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const bytes = (...bodies: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(bodies));

/** Cuts a stream at random places. */
const cut = (stream: Uint8Array, at: readonly number[]): Uint8Array[] => {
  const ends = [...new Set(at.map((n) => n % (stream.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, i) => stream.subarray(from, ends[i] ?? stream.length));
};

const read = (direction: 'request' | 'response', ...chunks: readonly Uint8Array[]): Body[] => {
  const bodies = new HttpBodies(direction, 4096);
  return [...chunks.flatMap((chunk) => [...bodies.push(chunk)]), ...bodies.end()];
};

describe('messages in HTTP', () => {
  it('writes a POST and a response by the letter', () => {
    assert.equal(
      Buffer.from(httpRequest(latin('ab'), { host: 'acq:443', path: '/mjc' })).toString('latin1'),
      `POST /mjc HTTP/1.1\r\nHost: acq:443\r\nAccept: */*\r\nContent-Type: ${CONTENT_TYPE}\r\nContent-Length: 2\r\n\r\nab`,
    );
    assert.equal(
      Buffer.from(httpResponse(latin('ab'))).toString('latin1'),
      'HTTP/1.1 200 OK\r\nContent-Type: x-ISO-TPDU/x-auth\r\nContent-Length: 2\r\n\r\nab',
    );
  });

  it('reads sized, chunked and unsized bodies', () => {
    const chunked =
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n';
    const sized = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\nContent-Length: 2\n\nfg';
    const unsized = 'HTTP/1.0 200 OK\r\n\r\nhij';
    const found = read('response', latin(chunked + sized + unsized));
    assert.deepEqual(
      found.map((body) => Buffer.from(body as Uint8Array).toString()),
      ['abcde', 'fg', 'hij'],
    );
  });

  it('tells what is no body of a message', () => {
    for (const [stream, what] of [
      ['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nabc', /status 502/],
      [`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${'a'.repeat(5000)}`, /5000 bytes is too long/],
      ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab', /in the middle/],
    ] as const) {
      const [found] = read('response', latin(stream));
      assert.match((found as { trouble: string }).trouble, what);
    }
  });

  it('gives up on what is no HTTP, and on lengths that would lead it in circles', () => {
    for (const stream of [
      '\x16\x03\x01\x02\x00\x01\n\n',
      'POST / HTTP/1.1\r\nContent-Length: -20\r\n\r\n',
      'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n-6\r\n',
      'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n',
      `POST / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const bodies = new HttpBodies('request', 4096);
      bodies.push(latin(stream));
      assert.match(bodies.damage ?? '', /^the stream is not HTTP: /, stream.slice(0, 40));
      assert.deepEqual(bodies.push(httpRequest(latin('ab'))), []);
    }
  });

  it('never throws and never waits on garbage', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'POST / HTTP/1.1\r\n',
        'Content-Length: ',
        '-',
        '7',
        '\r\n',
        '\r\n\r\n',
        'chunked',
        ':',
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.array(fc.nat(500), { maxLength: 5 }), (text, at) => {
        read('request', ...cut(latin(text.join('')), at));
      }),
    );
  });
});

describe('framing of a wire', () => {
  const frames = [
    frameOf(...requests.signOn()),
    frameOf(...requests.echo()),
    frameOf(...requests.sale('000001', 1)),
  ];

  for (const framing of FRAMINGS) {
    for (const direction of ['request', 'response'] as const) {
      it(`${framing}, ${direction}: every frame comes out as it went in, however the bytes are cut`, () => {
        const stream = bytes(...frames.map((frame) => enframe(framing, direction, frame)));
        fc.assert(
          fc.property(fc.array(fc.nat(5000), { maxLength: 12 }), (at) => {
            const reader = unframer(framing, direction, dialect);
            const found = cut(stream, at).flatMap((chunk) => reader.push(chunk));
            assert.deepEqual(
              found,
              frames.map((frame) => ({ frame })),
            );
            assert.deepEqual(reader.end(), []);
            assert.equal(reader.damage, undefined);
          }),
        );
      });
    }
  }

  it('says how far a stream came that ends within a frame', () => {
    const reader = unframer('raw', 'request', dialect);
    reader.push((frames[0] ?? bytes()).subarray(0, 5));
    assert.deepEqual(reader.end(), [{ trouble: 'the stream ends 5 bytes into a frame' }]);
  });

  it('a bad HTTP body says nothing about the next one', () => {
    const reader = unframer('http-post', 'request', dialect);
    const [sign] = frames;
    assert.ok(sign);
    const found: Unframed[] = reader.push(
      bytes(httpRequest(sign.subarray(0, 9)), httpRequest(latin('\xff\xff')), httpRequest(sign)),
    );
    assert.match((found[0] as { trouble: string }).trouble, /ends 9 bytes into a frame/);
    assert.match((found[1] as { trouble: string }).trouble, /65535 bytes is announced/);
    assert.deepEqual(found[2], { frame: sign });
  });
});
