import assert from 'node:assert/strict';
import { paymentCode } from '../../codec/qr/payment-code.ts';
import { enlarged, pictureOf, qrDots } from '../../codec/qr/picture.ts';
import { pngOf } from '../../codec/qr/png.ts';
import { codeIn } from './decode-qr.ts';

const png = (text: string) => pngOf(enlarged(pictureOf(qrDots(text)), 4));

describe('the code on a screen', () => {
  it('is read from its picture; a card number in it is masked', () => {
    const order = 'https://pay.example/o?n=000012&a=36.80';
    assert.deepEqual(codeIn(png(order), 'a.png'), { kind: 'text', text: order });
    const code = { pan: '6299990000000000053', expiry: '3106', sequence: '1', 'service-code': '220' };
    assert.deepEqual(codeIn(png(paymentCode(code)), 'b.png'), {
      kind: 'payment',
      pan: '629999*********0053',
      expiry: '3106',
    });
    const blank = { width: 40, height: 40, luma: new Uint8Array(1600).fill(255) };
    assert.deepEqual(codeIn(pngOf(blank), 'c.png'), { kind: 'none' });
    assert.throws(() => codeIn(Buffer.from('GIF89a'), 'd.gif'), { code: 'FILE_INVALID', message: /d\.gif/ });
  });
});
