import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDialect } from './dialect.ts';
import { codeIn, loadResponseCodes, responseCodeTables, withResponseCodes } from './response-codes.ts';

describe('response code tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-codes-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('are complete: meaning, class and what the terminal does, in English and Chinese', () => {
    assert.deepEqual(responseCodeTables(), ['iso8583-1987', 'iso8583-1993', 'regional-example', 'unionpay']);
    for (const name of responseCodeTables()) {
      const { codes, id } = loadResponseCodes(name);
      assert.equal(id, name);
      for (const [code, { en, zh, terminal }] of Object.entries(codes)) {
        assert.ok(en && zh && terminal.en && terminal.zh, `${name} ${code}`);
        assert.match(zh + terminal.zh, /[\u4e00-\u9fff]/, `${name} ${code}`);
      }
    }
  });

  it('have every code that the simulator decides with', () => {
    const decided = '00 03 12 13 14 25 30 40 41 43 04 51 54 55 58 61 62 64 65 75 77 79 94 96 97 99 A0'.split(
      ' ',
    );
    for (const name of responseCodeTables()) {
      const table = loadResponseCodes(name);
      for (const code of decided)
        assert.ok(table.codes[codeIn(table, code)], `${name} has nothing for ${code}`);
    }
  });

  it('extend each other: add, change, take away', () => {
    const example = loadResponseCodes('regional-example');
    assert.equal(example.codes['51']?.en, loadResponseCodes('unionpay').codes['51']?.en);
    assert.equal(example.codes['99']?.class, 'D');
    assert.equal(example.codes['58'], undefined);
    assert.deepEqual(
      [codeIn(example, '58'), codeIn(example, '61'), codeIn(example, 'Z9')],
      ['A5', '61', 'Z9'],
    );
    file(
      'a.yaml',
      'version: 1\nid: a\nextends: unionpay\ncodes: { "00": { en: yes, zh: 好, class: B } }\n'.replace(
        'yes',
        '"yes"',
      ),
    );
    const b = loadResponseCodes(file('b.yaml', 'version: 1\nid: b\nextends: ./a.yaml\ncodes: { "05": ~ }\n'));
    assert.equal(
      b.codes['00']?.terminal.en,
      'shows code and text; prints nothing; the transaction may be tried again',
    );
    assert.equal(b.codes['05'], undefined);
  });

  it('say what is wrong with them', () => {
    assert.throws(() => loadResponseCodes('unoinpay'), { code: 'FILE_INVALID', hint: /unionpay/ });
    const circle = file('circle.yaml', 'version: 1\nid: c\nextends: ./circle.yaml\ncodes: {}\n');
    assert.throws(() => loadResponseCodes(circle), { code: 'FILE_INVALID', message: /extends itself/ });
    const bare = file(
      'bare.yaml',
      'version: 1\nid: bare\ncodes: { "05": { en: no, zh: 否, class: C } }\n'.replace('en: no', 'en: "no"'),
    );
    assert.throws(() => loadResponseCodes(bare), { code: 'FILE_INVALID', message: /nobody explains/ });
  });

  it('give a dialect its meanings', () => {
    const dialect = withResponseCodes(loadDialect('unionpay-pos'), loadResponseCodes('regional-example'));
    assert.equal(dialect.fields['39']?.values?.['A5']?.en, 'terminal is not where it is registered');
    assert.equal(loadDialect('unionpay-pos').fields['39']?.values?.['A5'], undefined);
  });
});
