import assert from 'node:assert/strict';
import type { PrinterPlane, TillPlane } from '../bench/planes.ts';
import type { Action } from '../scenario/scenario.ts';
import { paperUnwatched } from './paper-seen.ts';

const sale: Action = { do: 'sale', amount: '1.00' };
const settle: Action = { do: 'settle' };
const reprint: Action = { do: 'reprint' };
const told = { captures: 'ordered' } as unknown as PrinterPlane;
const captured = {} as unknown as PrinterPlane;
const till = { orders: ['sale', 'settlement'] } as unknown as TillPlane;

const why = (
  by: 'keypad' | 'till',
  printer: PrinterPlane | undefined,
  action: Action,
  of: TillPlane | undefined = till,
) => paperUnwatched({ by, open: { planes: { printer, till: of } } }, action);

describe('paper that nobody watches', () => {
  it('is what keys begin, where receipts come to the till alone', () => {
    assert.match(why('keypad', told, sale) ?? '', /keys began the sale/);
    assert.equal(why('till', told, sale), undefined);
    assert.equal(why('till', told, settle), undefined);
    // The till has no order for that: keys begin it.
    assert.match(why('till', told, reprint) ?? '', /keys began the reprint/);
    assert.match(why('till', told, { do: 'void', of: 1 }) ?? '', /keys began the void/);
    assert.equal(why('till', told, { do: 'wait', for: 1000 }), undefined);
  });

  it('is what a protocol tells no receipt of', () => {
    const some = { orders: ['sale', 'settlement'], receipts: ['sale'] } as unknown as TillPlane;
    assert.equal(why('till', told, sale, some), undefined);
    assert.match(why('till', told, settle, some) ?? '', /told no receipt of a settle/);
  });

  it('is none where the printer itself is captured, or there is no printer plane at all', () => {
    assert.equal(why('keypad', captured, sale), undefined);
    assert.equal(why('till', captured, reprint), undefined);
    assert.equal(why('keypad', undefined, sale), undefined);
  });
});
