import assert from 'node:assert/strict';
import { parseFault } from '../../../rig/model/fault-text.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { Hold, holdFor, letGo } from './holding.ts';
import { RelayFault } from './relay-fault.ts';

/** Keeps count of who waits. */
class Counted extends Hold {
  waiting = 0;

  override whenOver(act: () => void): void {
    this.waiting++;
    super.whenOver(act);
  }

  override forget(act: () => void): void {
    this.waiting--;
    super.forget(act);
  }
}

const clock = makeClock(1);
const delay = (length: string) =>
  new RelayFault('fault-1', parseFault(`delay@response for=${length}`), clock.now(), 1, []);

describe('a hold', () => {
  it('calls all who wait in the turn in which it is over, in order, and later ones at once', () => {
    const hold = new Hold();
    const called: string[] = [];
    const gone = () => called.push('gone');
    hold.whenOver(() => called.push('first'));
    hold.whenOver(gone);
    hold.whenOver(() => called.push('second'));
    hold.forget(gone);
    hold.end();
    hold.end();
    hold.whenOver(() => called.push('late'));
    assert.deepEqual(called, ['first', 'second', 'late']);
  });

  it('lasts as long as the fault says, and leaves nothing on its connection, however often it comes', async () => {
    const connection = new Counted();
    const fault = delay('2ms');
    for (let i = 0; i < 5; i++) await holdFor(clock, fault, connection).over();
    assert.ok((fault.heldMs ?? 0) >= 2);
    assert.equal(fault.trouble, undefined);
    assert.equal(connection.waiting, 0);
    assert.equal(fault.releases.size, 0);
  });

  it('lets go at once when it is healed, and says that it was not what was asked for', () => {
    const fault = delay('1h');
    let over = false;
    holdFor(clock, fault, new Hold()).whenOver(() => {
      over = true;
    });
    letGo(fault);
    assert.ok(over);
    assert.match(fault.trouble ?? '', /^healed after/);
  });

  it('ends with its connection, which is no trouble: it held for as long as there was anybody', () => {
    const connection = new Hold();
    const fault = delay('1h');
    const hold = holdFor(clock, fault, connection);
    let calls = 0;
    hold.whenOver(() => calls++);
    connection.end();
    letGo(fault);
    assert.equal(calls, 1);
    assert.equal(fault.trouble, undefined);
    assert.match(fault.told ?? '', /gave the connection up/);
  });
});
