import assert from 'node:assert/strict';
import { setImmediate as immediate } from 'node:timers/promises';
import { dial, frameOf } from './testing/peers.ts';
import { RelayRig } from './testing/relay-rig.ts';

const SALE = frameOf({ mti: '0200' });
const APPROVAL = frameOf({ mti: '0210', fields: { '39': '00' } });

/** Several faults on one message: what reached the terminal, and which of them can be vouched for. */
const CASES: readonly [what: string, bytes: number, faults: readonly [fault: string, doubt?: RegExp][]][] = [
  [
    'all have something to do',
    97,
    [
      ['truncate@response.byte(100)'],
      ['drop-bytes@response.byte(50) bytes=3'],
      ['corrupt@response.byte(40) bit=0'],
    ],
  ],
  [
    'the byte was left out',
    199,
    [
      ['corrupt@response.byte(10) bit=1', /fault-3 left its byte out/],
      ['corrupt@response.byte(11) bit=2'],
      ['drop-bytes@response.byte(10) bytes=1'],
    ],
  ],
  [
    'the path is cut before the byte',
    59,
    [
      ['cut@response.byte(60)'],
      ['corrupt@response.byte(60)', /fault-1 let nothing more pass/],
      ['drop-bytes@response.byte(50) bytes=1'],
    ],
  ],
  [
    'no copy leaves behind an end',
    200,
    [
      ['duplicate@response.leaving copies=2', /fault-2 let nothing more pass/],
      ['fin@response.last-byte end=terminal'],
    ],
  ],
  [
    'the end of the other direction takes nothing away',
    400,
    [['duplicate@response.leaving'], ['fin@response.leaving end=host']],
  ],
  [
    'a bit inverted twice is as it was',
    200,
    [
      ['corrupt@response.byte(10) bit=1', /fault-2 inverted the same bit back/],
      ['corrupt@response.byte(10) bit=1', /fault-1 inverted the same bit back/],
    ],
  ],
  [
    'a hold before the end holds the end, one behind it nothing',
    0,
    [
      ['delay@response.leaving for=100ms'],
      ['cut@response.leaving'],
      ['delay@response.leaving for=200ms', /fault-2 let nothing more pass/],
    ],
  ],
];

describe('several faults on one message', () => {
  let rig: RelayRig;
  beforeEach(async () => {
    rig = await RelayRig.open();
  });
  afterEach(() => rig.close());

  for (const [what, bytes, faults] of CASES) {
    it(what, async () => {
      const armed = [];
      for (const [fault] of faults) armed.push(await rig.arm(fault));
      const terminal = await dial(rig.relay.address);
      const peer = await rig.host.peer(0);
      terminal.socket.write(SALE);
      await peer.bytes(200);
      peer.socket.write(APPROVAL);
      for (const fault of armed) await rig.struck(fault);
      await terminal.bytes(bytes);
      for (const [i, fault] of armed.entries()) {
        const doubt = faults[i]?.[1];
        // A hold that is healed early is none: where nothing arrives, its end is seen only here.
        while (!doubt && fault.proof().state !== 'in-force') await immediate();
        const { state, summary } = await fault.heal();
        assert.equal(state, doubt ? 'unknown' : 'in-force', `${faults[i]?.[0]}: ${summary}`);
        if (doubt) assert.match(summary, doubt);
      }
      assert.equal(terminal.count, bytes);
    });
  }
});
