import assert from 'node:assert/strict';
import { manualClock } from '../../virtual/terminal/testing/manual-clock.ts';
import { attachZvt } from '../../virtual/till/zvt-port.ts';
import { sellingTerminal } from '../testing/selling-terminal.ts';

describe("the terminal's end of ZVT", () => {
  it('refuses an amount that is longer than it can take, and begins nothing', () => {
    const begun: (number | undefined)[] = [];
    const { till } = sellingTerminal();
    const request: typeof till.request = ({ amount }) => begun.push(amount) > 0;
    const said: string[] = [];
    let hear: (bytes: Uint8Array) => void = () => {};
    const cable = {
      serial: false,
      write: (bytes: Uint8Array) => void said.push(Buffer.from(bytes).toString('hex')),
      onData: (listener: (bytes: Uint8Array) => void) => {
        hear = listener;
      },
    };
    const end = attachZvt(cable, { till: { ...till, request } }, manualClock());
    hear(Buffer.from('06010704' + '999999999999', 'hex'));
    assert.deepEqual([said, begun], [['848300'], []]);
    hear(Buffer.from('06010704' + '009999999999', 'hex'));
    assert.deepEqual([said[1], begun], ['800000', [9_999_999_999]]);
    end();
  });
});
