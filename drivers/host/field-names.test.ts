import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fieldNames } from './field-names.ts';

describe('names of fields in Chinese', () => {
  it('are those of the dialect, its values, what stands before the fields, and EMV', () => {
    const names = fieldNames({}, (path) => path);
    assert.equal(names['System trace audit number (STAN)'], '受卡方系统跟踪号');
    assert.equal(names['purchase'], '消费');
    assert.equal(names['Message type'], '消息类型');
    assert.equal(names['Application identifier (ADF)'], '应用标识符 (ADF)');
    assert.equal(names['TPDU'], undefined, 'what has no other name is left out');
    assert.ok(JSON.stringify(names).length < 64 * 1024, 'it stands in the first record of every run');
  });

  it('are those of a dialect of the own, by its path from the bench', () => {
    const folder = mkdtempSync(join(tmpdir(), 'posrig 方言-'));
    try {
      writeFileSync(
        join(folder, 'own.yaml'),
        'version: 1\nid: own\nextends: unionpay-pos\nfields:\n  "3": { name: { en: Kind of thing, zh: 种类 } }\n',
      );
      const names = fieldNames({ dialect: './own.yaml' }, (path) => join(folder, path));
      assert.equal(names['Kind of thing'], '种类');
      assert.equal(names['Processing code'], undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
