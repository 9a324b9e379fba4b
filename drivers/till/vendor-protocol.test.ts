import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRigError } from '../../rig/model/errors.ts';
import { tillDriver } from './ecr/driver.ts';
import { loadProtocol } from './protocol-file.ts';
import { posrig } from './testing/console.ts';
import { openTillLab, type TillLab } from './testing/lab.ts';
import { VENDOR } from './testing/vendor-protocol.ts';

describe('a till protocol of a vendor, in a file outside of the project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vendor-protocol-'));
  const protocol = join(folder, 'vendor.yaml');
  let lab: TillLab;
  before(async () => {
    writeFileSync(protocol, VENDOR);
    lab = await openTillLab();
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await lab.close();
  });

  for (const over of ['serial', 'tcp'] as const) {
    it(`${over}: both ends speak 55 AA … CC 33: pays, is cancelled, takes back, closes the day`, async () => {
      const at = await lab.plug(protocol, over);
      const till = await tillDriver().open({ protocol, at, currency: 'CNY' }, lab.context);
      const before = lab.money().length;
      const amount = { minor: 1010, currency: 'CNY' };
      const [paid] = await Promise.all([till.order({ kind: 'sale', amount }), lab.cardAndPin()]);
      assert.deepEqual([paid.outcome, paid.amount], ['approved', amount]);
      assert.deepEqual(lab.money().slice(before), ['sale posted 1010']);
      await lab.terminal.until(/^READY/);

      const cancelled = till.order({ kind: 'sale', amount: { minor: 2000, currency: 'CNY' } });
      await lab.terminal.until('INSERT/SWIPE/TAP');
      await lab.terminal.press('cancel');
      assert.equal((await cancelled).outcome, 'declined');

      const stan = lab.host.ledger().at(-1)?.stan ?? '';
      assert.equal(paid.stan, stan);
      const [voided] = await Promise.all([till.order({ kind: 'void', receipt: stan }), lab.cardAndPin()]);
      assert.equal(voided.outcome, 'approved');
      assert.equal((await till.order({ kind: 'settlement' })).outcome, 'approved');
      await till.close();
      await lab.terminal.until(/^READY/);
    });
  }

  it('is decoded, with what its frames say by their numbers, and what is wrong with one', async () => {
    const wire = '55aa010000000001cc33 55aa020000000002cc33 55aa00000100025846 1dcc33 55aa000100000001cc33';
    const { out, status } = await posrig('decode', 'till', '--protocol', protocol, wire);
    assert.match(out, /^0: hello\n10: welcome\n20: sale \(till\)[\s\S]*acknowledges 1\n$/);
    assert.equal(status, 0);
    const wrong = await posrig('decode', 'till', '--protocol', protocol, wire.replace('1dcc', '1ccc'));
    assert.match(wrong.out, /20: damaged .*the check byte is wrong/);
    assert.equal(wrong.status, 3);
  });

  it('says which handshakes this framing has', () => {
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, VENDOR.replace('handshake: numbered', 'handshake: ack'));
    assert.throws(
      () => loadProtocol(wrong),
      (error: unknown) => isRigError(error) && /55aa-cc33 has no handshake.*ack/.test(error.message),
    );
  });
});
