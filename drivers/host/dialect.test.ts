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

  describe('that extend another', () => {
    const written = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const start = (id: string, parent: string) =>
      `version: 1\nid: ${id}\nextends: ${parent}\ntitle: { en: t, zh: t }\n`;

    it('say only what differs, key by key', () => {
      const packed = loadDialect('iso8583-1987-packed');
      const child = loadDialect(
        written(
          'child.yaml',
          `${start('child', 'iso8583-1987-packed')}frame: { length: ~, tpdu: 5 }\nfields:\n` +
            '  "2": { pad: F }\n  "4": { max: 12, prefix: ll }\n  "37": { length: 6 }\n  "48": { length: 4 }\n  "105": ~\n' +
            'messages:\n  - { kind: balance, request: "0200", response: "0210", match: { "3": ["990000"] } }\n',
        ),
      );
      assert.equal(child.frame.length, undefined);
      assert.equal(child.frame.max, packed.frame.max);
      assert.deepEqual(child.fields['2'], { ...packed.fields['2'], pad: 'F' });
      assert.deepEqual([child.fields['4']?.length, child.fields['4']?.max], [undefined, 12]);
      assert.equal(child.fields['37']?.name.en, packed.fields['37']?.name.en);
      assert.deepEqual(
        [child.fields['48']?.length, child.fields['48']?.max, child.fields['48']?.prefix],
        [4, undefined, undefined],
      );
      assert.equal(child.fields['105'], undefined);
      assert.equal(child.messages[0]?.kind, 'balance');
      assert.equal(child.messages.length, packed.messages.length + 1);
      // The packed dialect itself is the ASCII one, written otherwise.
      const ascii = loadDialect('iso8583-1987-ascii');
      assert.deepEqual(packed.fields['4'], ascii.fields['4']);
      assert.notEqual(packed.mti, ascii.mti);
    });

    it('extend each other over files, relative to themselves', () => {
      written('grandparent.yaml', `${start('grandparent', 'unionpay-pos')}currency: HKD\n`);
      const path = written('parent.yaml', `${start('parent', './grandparent.yaml')}frame: { max: 100 }\n`);
      const { currency, frame, fields } = loadDialect(path);
      assert.deepEqual([currency, frame.max, fields['60']?.name.en], ['HKD', 100, 'Control data']);
    });

    it('have their mistakes told in the file that makes them', () => {
      const issue = (path: string, message: RegExp) =>
        assert.throws(() => loadDialect(path), { code: /FILE_/, message });
      written('wrong.yaml', `${start('wrong', 'unionpay-pos')}fields:\n  "4": { lenght: 9 }\n`);
      issue(join(folder, 'wrong.yaml'), /wrong\.yaml:6:10: unknown key "lenght".*"length"/);
      issue(written('below.yaml', start('below', 'wrong.yaml')), /wrong\.yaml:6:10: unknown key "lenght"/);
      issue(
        written('encoding.yaml', `${start('encoding', 'unionpay-pos')}fields:\n  "37": { encoding: bcd }\n`),
        /encoding\.yaml:6:21: .*expected ascii, ebcdic for type a/,
      );
      issue(
        written('prefix.yaml', `${start('prefix', 'unionpay-pos')}fields:\n  "48": { prefix: ll }\n`),
        /max does not fit the prefix/,
      );
      issue(
        written('field.yaml', `${start('field', 'unionpay-pos')}dialogue:\n  stan: "101"\n`),
        /field\.yaml:6:9: F101 is not among the fields/,
      );
      issue(
        written('self.yaml', start('self', './self.yaml')),
        /self\.yaml:3:10: the dialect extends itself/,
      );
      written('ring-1.yaml', start('ring-1', './ring-2.yaml'));
      issue(written('ring-2.yaml', start('ring-2', './ring-1.yaml')), /extends itself/);
      issue(
        written('nobody.yaml', start('nobody', 'unionpay-poss')),
        /nobody\.yaml:3:10: there is no host dialect "unionpay-poss"; expected .*unionpay-pos/,
      );
      issue(written('number.yaml', start('number', '17')), /number\.yaml:3:10: not the name of a dialect/);
    });
  });
});
