import assert from 'node:assert/strict';
import { loadProtocol } from '../../till/protocol-file.ts';
import { paperTerminal } from '../../till/testing/paper-terminal.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { manualClock } from '../terminal/testing/manual-clock.ts';
import { type AttachTill, ecrTill, zvtTill } from './till-port.ts';

/** A till at a terminal in which, after a payment, the card stays for some time. */
function atTerminal(attach: AttachTill, cardStays: number) {
  const clock = manualClock();
  const { till: inner } = paperTerminal(clock);
  let free = 0;
  const till: TerminalBody['till'] = {
    ...inner,
    get state() {
      return clock.now() < free ? ('busy' as const) : inner.state;
    },
    request: (wanted) => {
      if (clock.now() < free) return false;
      const onOver = () => {
        free = clock.now() + cardStays;
        wanted.onOver();
      };
      return inner.request({ ...wanted, onOver });
    },
  };
  let hear: (bytes: Uint8Array) => void = () => {};
  const said: string[] = [];
  const cable = {
    serial: false,
    write: (bytes: Uint8Array) => void said.push(Buffer.from(bytes).toString('latin1')),
    onData: (listener: typeof hear) => {
      hear = listener;
    },
  };
  attach(cable, { till }, clock);
  return { clock, said, ask: (bytes: string) => hear(Buffer.from(bytes, 'latin1')) };
}
const PAY = Buffer.from('06010704000000000250', 'hex').toString('latin1');
const TAKEN = '\x80\0\0';
const DEBIT = 'CZ0040300CJ012247300123456CA00201CB003250CD0010CE003978BA0010';

describe('a till that asks for the next payment while the card is still in the slot', () => {
  const second = async (cardStays: number) => {
    const { clock, said, ask } = atTerminal(zvtTill(), cardStays);
    ask(PAY);
    for (let waited = 0; !said.at(-1)?.startsWith('\x06') && waited < 60; waited++) {
      await clock.advance(500);
      if (['\x04', '\x06'].includes(said.at(-1)?.charAt(0) ?? '')) ask(TAKEN);
    }
    said.length = 0;
    ask(PAY);
    await clock.advance(4000);
    return said[0];
  };

  it('is answered as soon as it is out, and refused when it stays', async () => {
    assert.equal(await second(1500), TAKEN);
    assert.equal(await second(60_000), '\x84\x9c\0');
  });

  it('is also so with a protocol in which a busy terminal says so', async () => {
    const { clock, said, ask } = atTerminal(ecrTill(loadProtocol('caisse-ap')), 1500);
    ask(DEBIT);
    await clock.advance(11_500);
    assert.equal(said.length, 1);
    ask(DEBIT);
    await clock.advance(1000);
    assert.equal(said.length, 1, 'nothing is refused while the card is taken out');
    await clock.advance(20_000);
    assert.ok(said.every((text) => text.includes('AE00210')));
    assert.equal(said.length, 2);
  });
});
