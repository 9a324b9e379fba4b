import assert from 'node:assert/strict';
import { encodeMessage } from '../../codec/iso8583/index.ts';
import { dialectNames, loadDialect } from '../../host/dialect.ts';
import { RelayRig } from './testing/relay-rig.ts';

/** Hosts repeat as little as they like in an answer: it is told by what was asked, on its connection. */
describe('relay faults on answers that repeat nothing', () => {
  let rig: RelayRig;
  afterEach(() => rig.close());

  /** Frames of a dialect with as few fields as it lets a message have. */
  function speaking(name: string) {
    const dialect = loadDialect(name);
    const rule = dialect.messages.find(({ kind }) => kind === 'sale');
    const other = dialect.messages.find(
      ({ kind, response }) => kind !== 'sale' && response === rule?.response,
    );
    assert.ok(rule && other);
    const frame = (mti: string, fields: Readonly<Record<string, string>>) =>
      encodeMessage(dialect, {
        mti,
        fields,
        ...(dialect.frame.tpdu > 0 && { tpdu: '6000030000' }),
        ...(dialect.frame.header !== undefined && { header: '602200000000' }),
      });
    const asking = (what: typeof rule) =>
      Object.fromEntries(
        Object.entries(what.match).map(([id, values]) =>
          id === '3.1'
            ? ['3', `${values[0]}0000`]
            : [id === '60.1' ? '60' : id, id === '60.1' ? `${values[0]}000001000` : (values[0] ?? '')],
        ),
      );
    const code = name.includes('1993') ? '000' : '00';
    return {
      dialect,
      request: (what: 'sale' | 'other', stan: string, terminal: string) =>
        frame(rule.request, { '11': stan, '41': terminal, ...asking(what === 'sale' ? rule : other) }),
      answer: (stan: string) => frame(rule.response, { '11': stan, '39': code }),
    };
  }

  for (const name of dialectNames()) {
    it(`${name}: the sale of the terminal that is meant, not what else is under way`, async () => {
      const { dialect, request, answer } = speaking(name);
      rig = await RelayRig.open({ dialect });
      const fault = await rig.arm('drop-bytes@response.first-byte bytes=2 on=sale terminal=30001002');
      const { terminal, peer } = await rig.connected();
      const asked = [
        request('sale', '000001', '30001001'),
        request('other', '000002', '30001002'),
        request('sale', '000003', '30001002'),
      ];
      terminal.socket.write(Buffer.concat(asked));
      await peer.bytes(asked.reduce((sum, { length }) => sum + length, 0));
      const size = answer('000001').length;
      peer.socket.write(Buffer.concat([answer('000002'), answer('000001'), answer('000003')]));
      await terminal.bytes(3 * size - 2);
      await rig.struck(fault);
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.deepEqual([proof.trigger?.stan, proof.trigger?.kind], ['000003', 'sale']);
      assert.deepEqual(
        terminal.received,
        Buffer.concat([answer('000002'), answer('000001'), answer('000003').subarray(2)]),
      );
      // The journal says of every answer what it is about.
      const kinds = rig.recorder.of('message').filter(({ message }) => message.direction === 'response');
      assert.deepEqual(
        kinds.map(({ message }) => message.kind === 'sale'),
        [false, true, true],
      );
    });
  }
});
