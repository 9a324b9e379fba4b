import assert from 'node:assert/strict';
import { paperTerminal } from '../../till/testing/paper-terminal.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { manualClock } from '../terminal/testing/manual-clock.ts';
import { attachZvt, zvtMemory } from './zvt-port.ts';

const END_OF_DAY = Buffer.from('065003000000', 'hex');
const TAKEN = Buffer.from('800000', 'hex');

describe('a terminal that loses its power while its till waits', () => {
  it('keeps the till waiting no longer: what it was doing is over, and nobody says so', async () => {
    const clock = manualClock();
    const { till: inner } = paperTerminal(clock);
    let cycle: object | undefined = {};
    const till: TerminalBody['till'] = {
      ...inner,
      get cycle() {
        return cycle;
      },
      request: ({ onScreen }) => {
        onScreen(['UPLOADING', '0 OF 3', '', '']);
        return true;
      },
    };
    const said: string[] = [];
    let hear: (bytes: Uint8Array) => void = () => {};
    const memory = zvtMemory();
    memory.registration = { ...memory.registration, states: true };
    attachZvt(
      {
        serial: false,
        write: (bytes) => {
          said.push(Buffer.from(bytes).toString('hex'));
          if (bytes[0] === 0x04) setImmediate(() => hear(TAKEN));
        },
        onData: (listener) => {
          hear = listener;
        },
      },
      { till },
      clock,
      memory,
    );
    hear(END_OF_DAY);
    for (let minute = 0; minute < 3; minute++) await clock.advance(60_000);
    const before = said.filter((hex) => hex.startsWith('04ff')).length;
    assert.ok(before >= 3, 'it is told to wait every minute');
    cycle = undefined;
    await clock.advance(3000);
    cycle = {};
    said.length = 0;
    for (let minute = 0; minute < 10; minute++) await clock.advance(60_000);
    assert.deepEqual(said, []);
  });
});
