import assert from 'node:assert/strict';
import { enlarged, pictureOf, qrDots } from '../../codec/qr/picture.ts';
import { straight } from '../picture/grey.ts';
import { readCodeBy } from './code-eye.ts';

const shown = (text: string) => {
  const { width, height, luma } = enlarged(pictureOf(qrDots(text)), 5);
  return straight({ width, height, pixels: luma });
};
const NOTHING = straight({ width: 200, height: 200, pixels: new Uint8Array(40_000).fill(240) });

describe('the code on a screen, seen by a camera', () => {
  const seen: string[] = [];
  const context = {
    recorder: { record: (event: { readonly text?: string }) => void seen.push(event.text ?? '') },
  };
  const read = (...pictures: (typeof NOTHING)[]) => {
    let looks = 0;
    const look = async () => pictures[Math.min(looks++, pictures.length - 1)] ?? NOTHING;
    return readCodeBy(look, context as unknown as Parameters<typeof readCodeBy>[1]);
  };

  it('is read, also when it shows only in a later picture; what it says stands in no note', async () => {
    assert.equal(await read(shown('0002015802CN')), '0002015802CN');
    assert.equal(await read(NOTHING, NOTHING, shown('pay:12')), 'pay:12');
    assert.match(seen.join('\n'), /at once[\s\S]*at look 3/);
    assert.doesNotMatch(seen.join('\n'), /0002015802CN|pay:12/);
  });

  it('that nobody can read is the trouble of the bench', async () => {
    await assert.rejects(read(NOTHING), {
      code: 'DISPLAY_UNSURE',
      blame: 'bench',
      message: /no code can be read/,
    });
  });
});
