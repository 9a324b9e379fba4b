import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needsTshark } from '../../../rig/house/tiers.ts';
import { makeClock } from '../../../rig/model/time.ts';
import type { Tee } from '../../transport/tee.ts';
import { listenForTill } from '../../virtual/till/till-port.ts';
import { openStream } from '../stream.ts';
import { pcapOf, type Spoken } from '../testing/pcap.ts';
import { sellingTerminal } from '../testing/selling-terminal.ts';
import * as commands from './commands.ts';
import { openSession } from './session.ts';

const PASSWORD = '000000';

describe('a conversation of ours, read by Wireshark', function () {
  this.timeout(120_000);

  it('has no malformed packet, and says what we meant', async function () {
    const tshark = await needsTshark(this);
    const folder = mkdtempSync(join(tmpdir(), 'posrig-pcap-'));
    const spoken: Spoken[] = [];
    const tee: Tee = {
      bytes: (direction, bytes) => spoken.push({ from: direction === 'out' ? 'till' : 'terminal', bytes }),
      unseen: () => {},
      withheld: () => {},
      link: () => {},
    };
    const port = await listenForTill({ host: '127.0.0.1', port: 0 }, sellingTerminal(), makeClock(1));
    try {
      const at = Number(port.address.split(':')[1]);
      const session = openSession(await openStream({ host: '127.0.0.1', tcp: at }, tee), makeClock(1));
      const { payments, administration, states, lines } = commands.CONFIG;
      const config = payments | administration | states | lines;
      const asked = [
        commands.registration({ password: PASSWORD, config, currency: '156', columns: 32 }),
        commands.authorisation(1010, '156'),
        commands.authorisation(1020, '156'),
        commands.preAuthorisation(50_000, '156'),
        commands.openPreAuthorisations(),
        commands.refund(PASSWORD, 1010, '156'),
        commands.reversal(PASSWORD, '0042'),
        commands.bookTotal('0042', 1010, '156'),
        commands.repeatReceipt(PASSWORD, 'both'),
        commands.turnoverTotals(PASSWORD),
        commands.statusEnquiry(),
        commands.diagnosis(),
        commands.endOfDay(PASSWORD),
      ];
      for (const command of asked) assert.notEqual((await session.run(command)).end.how, 'lost');
      await session.close();
      const file = join(folder, 'till.pcap');
      writeFileSync(file, pcapOf(spoken));
      const fields = ['frame.protocols', 'zvt.control_field', 'zvt.amount', 'zvt.tlv.text_lines.line'];
      const wanted = [...fields, '_ws.expert.severity'].flatMap((field) => ['-e', field]);
      const out = await tshark.run([
        '-r',
        file,
        '-d',
        'tcp.port==20007,zvt',
        '-T',
        'fields',
        '-E',
        'separator=|',
        ...wanted,
      ]);
      const rows = out.split('\n').map((line) => line.split('|'));
      const column = (n: number) =>
        rows.flatMap((row) => (row[n] ?? '').split(',').filter((word) => word !== ''));
      assert.ok(!column(0).some((protocols) => /malformed/.test(protocols)), out);
      // Severity 8388608 is an error.
      assert.ok(!column(4).includes('8388608'), out);
      const controls = column(1);
      for (const control of [
        '0x0600',
        '0x0601',
        '0x040f',
        '0x04ff',
        '0x06d3',
        '0x060f',
        '0x061e',
        '0x0631',
        '0x0650',
      ])
        assert.ok(controls.includes(control), `${control} is not among ${controls.join()}`);
      assert.ok(column(2).includes('1010'));
      assert.match(column(3).join(), /MERCHANT COPY/);
    } finally {
      await port.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
