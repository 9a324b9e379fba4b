import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRigError } from '../../rig/model/errors.ts';
import { tillDriver } from './ecr/driver.ts';
import { loadProtocol } from './protocol-file.ts';
import { openTillLab, type TillLab } from './testing/lab.ts';

/** A protocol that nobody has published: behind USB in numbered frames, over TCP bare; Chinese texts, amounts with a point. */
const VENDOR = `
version: 1
id: vendor
title: { en: vendor, zh: 厂商 }
text: gbk
currency: CNY
links:
  serial: { framing: { kind: 55aa-cc33 }, handshake: numbered, ack-within: 2 s, repeats: 3, baud: 115200 }
  tcp: { framing: { kind: 55aa-cc33, longest: 2048 }, handshake: none }
layout: { kind: delimited, separator: "^" }
tables:
  results:
    OK: { means: approved, en: done, zh: 成功 }
    NO: { means: declined, en: declined, zh: 拒绝 }
    QX: { means: cancelled, en: cancelled, zh: 取消 }
    KX: { means: not-found, en: none, zh: 无 }
    MM: { means: busy, en: busy, zh: 忙 }
messages:
  sale:
    from: till
    title: { en: sale, zh: 消费 }
    fields:
      - { name: what, is: XF }
      - { name: no, holds: reference }
      - { name: yuan, holds: amount, format: major, most: 10 }
  back: { from: till, title: { en: void, zh: 撤销 }, fields: [{ name: what, is: CX }, { name: voucher, holds: voucher }] }
  day: { from: till, title: { en: settle, zh: 结算 }, fields: [{ name: what, is: JS }] }
  ask: { from: till, title: { en: last, zh: 查询 }, fields: [{ name: what, is: CH }] }
  told:
    from: terminal
    title: { en: result, zh: 结果 }
    fields:
      - { name: what }
      - { name: code, holds: result, table: results }
      - { name: words, holds: text }
      - { name: no, holds: reference }
      - { name: yuan, holds: amount, format: major }
      - { name: voucher, holds: stan }
      - { name: card, holds: pan }
      - { name: when, holds: time, format: YYYY-MM-DD hh:mm:ss }
exchanges:
  pay: { title: { en: sale, zh: 消费 }, does: sale, request: sale, reply: told }
  void: { title: { en: void, zh: 撤销 }, does: void, request: back, reply: told }
  end-of-day: { title: { en: settle, zh: 结算 }, does: settle, request: day, reply: told }
  last: { title: { en: last, zh: 查询 }, does: last, request: ask, reply: told, within: 10 s }
`;

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

  it('says which handshakes this framing has', () => {
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, VENDOR.replace('handshake: numbered', 'handshake: ack'));
    assert.throws(
      () => loadProtocol(wrong),
      (error: unknown) => isRigError(error) && /55aa-cc33 has no handshake.*ack/.test(error.message),
    );
  });
});
