import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRigError } from '../model/errors.ts';
import { quote, renderIssue } from './load-issue.ts';
import { readYaml } from './load-yaml.ts';

describe('odd files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-text-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'x.yaml');
  const read = (content: string | Buffer) => {
    writeFileSync(file, content);
    const { source, issues } = readYaml(file);
    return issues.length > 0
      ? issues.map(renderIssue).map((line) => line.slice(folder.length + 1))
      : source?.value;
  };

  const text = 'a: 1\nb: 一\n';
  const same: Readonly<Record<string, Buffer>> = {
    'a byte order mark': Buffer.from(`\ufeff${text}`),
    'UTF-16, little end first': Buffer.from(`\ufeff${text}`, 'utf16le'),
    'UTF-16, big end first': Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    'lines of Windows': Buffer.from(text.replaceAll('\n', '\r\n')),
    'lines of old Macs': Buffer.from(text.replaceAll('\n', '\r')),
    'a directive': Buffer.from(`%YAML 1.2\n---\n${text}`),
    JSON: Buffer.from('{"a":1,"b":"一"}'),
    'an anchor': Buffer.from('a: &one 1\nb: 一\n'),
  };
  for (const [name, bytes] of Object.entries(same))
    it(`with ${name} say the same`, () => assert.deepEqual(read(bytes), { a: 1, b: '一' }));

  const wrong: Readonly<Record<string, readonly [string | Buffer, RegExp]>> = {
    'a byte that is no UTF-8': [
      Buffer.from('a: 1\nb: M\xfcller\n', 'latin1'),
      /^x\.yaml:2:5: the file is not UTF-8/,
    ],
    'a NUL': ['a: 1\nb: x\0y\n', /^x\.yaml:2:5: a control character \(U\+0000\)/],
    'an escape character': ['a: "\x1b[2J"\n', /^x\.yaml:1:5: a control character \(U\+001B\)/],
    'two documents': ['a: 1\n---\nb: 2\n', /^x\.yaml:2:1: .*; expected one document a file$/],
    'merge keys': ['a: &a { x: 1 }\nb: { <<: *a }\n', /^x\.yaml:2:6: "<<" is not YAML 1\.2/],
    'an alias in what it names': ['a: &a { x: [*a] }\n', /^x\.yaml:1:13: "\*a" stands inside of what/],
  };
  for (const [name, [content, expected]] of Object.entries(wrong))
    it(`with ${name} are refused where it stands`, () => {
      const said = read(content) as readonly string[];
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', expected);
    });

  it('that are no files are not read: a pipe may wait for ever, a device never ends', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const circle = join(folder, 'circle');
    symlinkSync(circle, circle);
    for (const [path, why] of [
      [pipe, 'it is a named pipe, not a file'],
      ['/dev/zero', 'it is a device, not a file'],
      [folder, 'it is a folder, not a file'],
      [circle, 'its symbolic links lead in a circle'],
      [join(folder, 'gone'), 'there is no such file'],
    ] as const)
      assert.throws(
        () => readYaml(path),
        (e) => isRigError(e) && e.code === 'FILE_UNREADABLE' && e.message === `cannot read ${path}: ${why}`,
      );
  });

  it('are quoted without numbers of cards; dates in names of folders stay', () => {
    assert.equal(quote('6222021234567890123'), '"622202...0123"');
    assert.equal(quote('card 6222 0212 3456 7890 123'), '"card 622202...0123"');
    assert.equal(quote('run-20260131235959/x.yaml'), '"run-20260131235959/x.yaml"');
    assert.equal(quote({ pan: 6222021234567890 }), '"{"pan":622202...7890}"');
  });
});
