import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packaged } from '../../rig/model/package-root.ts';
import { dialectNames, loadDialect } from './dialect.ts';

describe('host dialects', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-dialect-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const shipped = readFileSync(packaged('drivers/host/dialects/unionpay-pos.yaml'), 'utf8');
  const file = (name: string, change: (text: string) => string): string => {
    const path = join(folder, name);
    const text = change(shipped);
    assert.notEqual(text, shipped);
    writeFileSync(path, text);
    return path;
  };

  it('all shipped ones load, once', () => {
    assert.ok(dialectNames().includes('unionpay-pos'));
    for (const name of dialectNames()) {
      assert.equal(loadDialect(name).id, name);
      assert.equal(loadDialect(name), loadDialect(name));
    }
  });

  it('come by path, and bring the meanings of their response codes', () => {
    writeFileSync(
      join(folder, 'codes.yaml'),
      'version: 1\nid: mine\ncodes:\n  "61": { en: too much, zh: 太多, class: C, terminal: { en: stops, zh: 停止 } }\n',
    );
    const dialect = loadDialect(
      file('mine.yaml', (text) => text.replace('response-codes: unionpay', 'response-codes: codes.yaml')),
    );
    assert.deepEqual(dialect.fields['39']?.values, { '61': { en: 'too much', zh: '太多' } });
    assert.equal(loadDialect('unionpay-pos').fields['39']?.values?.['61']?.en, 'over the amount limit');
  });

  it('say with file, line and field what is wrong with them', () => {
    assert.throws(() => loadDialect('no-such'), { code: 'FILE_INVALID', hint: /unionpay-pos/ });
    assert.throws(() => loadDialect(join(folder, 'absent.yaml')), { code: 'FILE_UNREADABLE' });
    assert.throws(
      () =>
        loadDialect(file('a.yaml', (text) => text.replace('type: n, length: 12 }', 'type: q, length: 12 }'))),
      {
        code: 'FILE_INVALID',
        message: /a\.yaml:\d+:\d+/,
      },
    );
    assert.throws(() => loadDialect(file('b.yaml', (text) => text.replace(/^ {2}"38".*\n/m, ''))), {
      code: 'FILE_INVALID',
      message: /b\.yaml:\d+:\d+: F38 is not among the fields/,
    });
    assert.throws(() => loadDialect(file('c.yaml', (text) => `${text}\n\t- x`)), {
      code: 'FILE_SYNTAX',
      message: /c\.yaml/,
    });
  });
});
