import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRigError } from '../../rig/model/errors.ts';
import { framingOf } from '../codec/ecr/framing.ts';
import { readMessage, writeMessage } from '../codec/ecr/message.ts';
import { manualClock } from '../virtual/terminal/testing/manual-clock.ts';
import { ecrTill } from '../virtual/till/till-port.ts';
import { loadProtocol, protocolNames } from './protocol-file.ts';
import { sellingTerminal } from './testing/selling-terminal.ts';

describe('an amount that is longer than its field', () => {
  for (const name of protocolNames()) {
    it(`${name}: is never written as another one`, () => {
      const protocol = loadProtocol(name);
      const asking = Object.values(protocol.exchanges).filter(({ request }) =>
        protocol.messages[request]?.fields.some(({ holds }) => holds === 'amount'),
      );
      assert.ok(asking.length > 0);
      fc.assert(
        fc.property(
          fc.constantFrom(...asking),
          fc
            .integer({ min: 1, max: 15 })
            .chain((digits) => fc.integer({ min: 10 ** (digits - 1), max: 10 ** digits - 1 })),
          ({ request }, minor) => {
            const values = { amount: String(minor), reference: '1' };
            let payload: Uint8Array;
            try {
              payload = writeMessage(protocol, request, { values });
            } catch (error) {
              assert.ok(isRigError(error) && error.code === 'CODEC_FIELD', String(error));
              return;
            }
            assert.equal(readMessage(protocol, payload, 'till')?.values.amount, String(minor));
          },
        ),
      );
      const [first] = asking;
      assert.ok(first);
      const long = { values: { amount: '1234567890123' } };
      assert.throws(() => writeMessage(protocol, first.request, long), /has room for \d+ bytes/);
    });
  }

  it('is refused by a terminal whose keys take fewer digits than the protocol has', async () => {
    for (const name of ['example-mis', 'caisse-ap']) {
      const protocol = loadProtocol(name);
      const { tcp } = protocol.links;
      assert.ok(tcp);
      const { frame } = framingOf(tcp.framing);
      const clock = manualClock();
      const begun: (number | undefined)[] = [];
      const { till } = sellingTerminal();
      const request: typeof till.request = (wanted) => {
        begun.push(wanted.amount);
        return till.request(wanted);
      };
      let hear: (bytes: Uint8Array) => void = () => {};
      const said: string[] = [];
      const cable = {
        serial: false,
        write: (bytes: Uint8Array) => void said.push(Buffer.from(bytes).toString('latin1')),
        onData: (listener: (bytes: Uint8Array) => void) => {
          hear = listener;
        },
      };
      ecrTill(protocol)(cable, { till: { ...till, request } }, clock);
      const ask = async (amount: string) => {
        const exchange = protocol.exchanges['pay'];
        assert.ok(exchange);
        hear(frame(writeMessage(protocol, exchange.request, { values: { amount, reference: '1' } })));
        await clock.advance(10_000);
      };
      await ask('999999999999');
      assert.deepEqual([begun, said.length], [[], 1], name);
      await ask('9999999999');
      assert.deepEqual(begun, [9_999_999_999], name);
    }
  });
});
