import assert from 'node:assert/strict';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import { dotsOnly } from './pictures.ts';

const PAN = '6299990000000000012';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

describe('pictures in the journal', () => {
  const image = new PNG({ width: 5, height: 3 });
  for (let i = 0; i < image.data.length; i++) image.data[i] = (i * 37) % 256;
  const png = PNG.sync.write(image);

  it('keep the dots of a PNG, and no text, EXIF or tail', () => {
    const [head, tail] = [png.subarray(0, 33), png.subarray(33)];
    const loaded = Buffer.concat([
      head,
      chunk('tEXt', Buffer.from(`Comment\0${PAN}`)),
      chunk('zTXt', Buffer.concat([Buffer.from('Track\0\0'), deflateSync(PAN)])),
      chunk('iTXt', Buffer.from(`a\0\0\0\0\0${PAN}`)),
      chunk('eXIf', Buffer.from(PAN)),
      chunk('prVt', Buffer.from(PAN)),
      tail,
      Buffer.from(PAN),
    ]);
    assert.deepEqual(PNG.sync.read(loaded.subarray(0, -PAN.length)).data, image.data, 'a picture before');
    const kept = Buffer.from(dotsOnly(loaded) ?? []);
    assert.ok(kept.equals(Buffer.from(dotsOnly(png) ?? [])));
    assert.deepEqual(PNG.sync.read(kept).data, image.data);
    assert.ok(!kept.includes(PAN) && !kept.includes('zTXt'));
  });

  it('keep the scans of a JPEG, and no application data or comment', () => {
    const segment = (marker: number, data: string) =>
      Buffer.concat([Buffer.from([0xff, marker, 0, data.length + 2]), Buffer.from(data)]);
    const scan = Buffer.concat([segment(0xda, 'abc'), Buffer.from([1, 2, 0xff, 0, 3, 0xff, 0xd9])]);
    const start = Buffer.from([0xff, 0xd8]);
    const loaded = [
      start,
      segment(0xe0, 'JFIF'),
      segment(0xe1, `Exif${PAN}`),
      segment(0xfe, PAN),
      segment(0xdb, 'q'),
      scan,
    ];
    assert.deepEqual(
      Buffer.from(dotsOnly(Buffer.concat([...loaded, Buffer.from(PAN)])) ?? []),
      Buffer.concat([start, segment(0xe0, 'JFIF'), segment(0xdb, 'q'), scan]),
    );
  });

  it('are not taken for pictures when they are damaged or something else', () => {
    for (let cut = 0; cut < png.length; cut++)
      assert.equal(dotsOnly(png.subarray(0, cut)), undefined, `${cut}`);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const kept = dotsOnly(Buffer.concat([Buffer.from([0xff, 0xd8]), bytes]));
        assert.ok(kept === undefined || kept.length <= bytes.length + 2);
      }),
    );
  });
});
