import assert from 'node:assert/strict';
import { AcquirerBench } from './testing/acquirer-bench.ts';
import { type Fields, requests } from './testing/terminal.ts';

describe('what a request says of itself', () => {
  const formOf = (more: Fields, without: readonly string[] = []) => {
    const [mti, fields] = requests.sale('000001', 100, more);
    const kept = Object.entries(fields).filter(([id]) => !without.includes(id));
    const bench = new AcquirerBench().signedOn();
    bench.raw([mti, Object.fromEntries(kept)]);
    return bench.checks['form'];
  };

  it('is noted when it contradicts itself, in words that quote the field', () => {
    assert.equal(formOf({}), undefined);
    assert.match(formOf({ '22': '052' }) ?? '', /where there is a PIN block F22 .*; but F22 is 052$/);
    assert.match(formOf({}, ['23']) ?? '', /F23 is absent$/);
    assert.match(formOf({}, ['26']) ?? '', /F26 is absent$/);
    assert.match(
      formOf({}, ['52', '53', '26']) ?? '',
      /F22 says that a PIN was entered there is a PIN block/,
    );
  });

  it('names one card only', () => {
    assert.equal(formOf({ '35': '6299990000000000012=3012220100000000' }), undefined);
    assert.equal(formOf({ '35': '6299990000000000020=3012220100000000' }), 'F2 and track 2 name two cards');
  });
});
