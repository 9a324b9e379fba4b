import assert from 'node:assert/strict';
import { Delivery } from './delivery.ts';
import type { RelayFault, Strike } from './relay-fault.ts';

describe('pace of struck bytes', () => {
  const delivery = () => {
    const troubles: (string | undefined)[] = [];
    const fault = {
      fault: { do: 'split' },
      settle: (trouble?: string) => troubles.push(trouble),
    } as unknown as RelayFault;
    return { troubles, delivery: new Delivery([{ fault } as Strike], 'response') };
  };

  it('makes up for late waits instead of adding them up', () => {
    const { delivery: row } = delivery();
    assert.equal(row.pace(20, 1000), 20);
    // 300 ms late: the next fourteen are due already, the one after that is not.
    for (let i = 0; i < 15; i++) assert.ok(row.pace(20, 1320) <= 0, String(i));
    assert.equal(row.pace(20, 1320), 20);
  });

  it('begins anew behind something that held the bytes on purpose', () => {
    const { delivery: row } = delivery();
    row.pace(20, 0);
    row.paceAnew();
    assert.equal(row.pace(20, 90_000), 20);
  });

  it('does not vouch for a fault that the machine made another one', () => {
    const late = delivery();
    late.delivery.pace(20, 0);
    late.delivery.judgePace(12_000);
    late.delivery.planned();
    assert.match(String(late.troubles[0]), /longer than was asked/);
    const good = delivery();
    good.delivery.pace(20, 0);
    good.delivery.judgePace(5_000);
    good.delivery.planned();
    assert.deepEqual(good.troubles, [undefined]);
  });
});
