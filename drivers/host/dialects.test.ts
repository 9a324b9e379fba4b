import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packaged } from '../../rig/model/package-root.ts';
import { decodeMessage, encodeMessage, toDialogueMessage } from '../codec/iso8583/index.ts';
import { loadDialect } from './dialect.ts';

describe('the worked example of the guide to dialects', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-guide-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const guide = readFileSync(packaged('drivers/host/dialects/README.md'), 'utf8');
  const yaml = /```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
  const hex = /<<'hex'\n([\s\S]*?)\nhex/.exec(guide)?.[1]?.replace(/\s/g, '') ?? '';

  it('loads, reads its frame, and encodes the message to the same bytes', () => {
    const file = join(folder, 'my-acquirer.yaml');
    writeFileSync(file, yaml);
    const dialect = loadDialect(file);
    const frame = Uint8Array.from(Buffer.from(hex, 'hex'));
    const message = decodeMessage(dialect, frame);
    assert.deepEqual(message.remarks, []);
    assert.equal(message.fields['2'], '6299990000000000012');
    assert.equal(message.fields['48.1'], '000123');
    assert.equal(message.fields['48.2'], 'L7');
    assert.equal(message.fields['61'], 'JOE');
    const dialogue = toDialogueMessage(dialect, message);
    assert.equal(dialogue.kind, 'sale');
    assert.equal(dialogue.batch, '000007');
    assert.deepEqual(dialogue.amount, { minor: 12850, currency: 'EUR' });
    const fields = Object.fromEntries(Object.entries(message.fields).filter(([id]) => !id.includes('.')));
    const again = encodeMessage(dialect, { mti: '0200', tpdu: '6000010000', fields });
    assert.equal(Buffer.from(again).toString('hex'), hex);
    // What it does not say it has from the standard.
    assert.equal(dialect.fields['63']?.name.en, 'Reserved (private)');
    assert.equal(dialect.mac?.['second-field'], undefined);
  });
});
