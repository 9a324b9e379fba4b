import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { loadProtocol, protocolNames } from './protocol-file.ts';

describe('files of till protocols', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'till-protocol-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const example = readFileSync(packaged('drivers/till/protocols/example-mis.yaml'), 'utf8');
  /** What is said of the example with one thing in it changed. */
  const saidOf = (from: string, to: string): string => {
    assert.ok(example.includes(from), from);
    const file = join(folder, 'mis.yaml');
    writeFileSync(file, example.replace(from, to));
    try {
      loadProtocol(file);
      return '';
    } catch (error) {
      if (!isRigError(error)) throw error;
      return `${error.message} ${error.at ?? ''} ${error.hint ?? ''}`;
    }
  };

  it('reads every file that ships, in English and Chinese throughout', () => {
    assert.deepEqual(protocolNames(), ['caisse-ap', 'concert', 'ecr17', 'example-mis', 'transbank']);
    for (const name of protocolNames()) {
      const { messages, exchanges, tables, title } = loadProtocol(name);
      const words = [title, ...Object.values(messages).map((one) => one.title)];
      words.push(...Object.values(exchanges).map((one) => one.title));
      for (const one of words) assert.ok(one['zh'], `${name}: ${one.en}`);
      for (const codes of Object.values(tables)) {
        for (const [code, one] of Object.entries(codes))
          assert.ok(one['en'] && one['zh'], `${name}: ${code}`);
      }
    }
  });

  it('takes a file from anywhere', () => {
    assert.equal(saidOf('9001', '9002'), '');
  });

  it('says where a mistake stands and what was meant', () => {
    assert.match(saidOf('kind: fixed', 'kind: fixt'), /expected delimited or fixed or tlv/);
    assert.match(
      saidOf('request: query', 'request: qery'),
      /mis\.yaml:\d+:\d+.*there is no message "?qery.*query/s,
    );
    assert.match(saidOf('table: results', 'table: result'), /there is no table.*results/s);
    assert.match(saidOf('ack-within: 2 s', 'ack-within: 2'), /expected duration with its unit/);
    assert.match(saidOf('text: gbk', 'text: gbkk'), /gbkk. is not a known encoding/);
    assert.match(saidOf('holds: voucher', 'holds: vouchr'), /voucher/);
    assert.match(
      saidOf('reply: result, within: 10 s', 'reply: sale, within: 10 s'),
      /sale comes from the till/,
    );
    assert.match(saidOf('name: operator, width: 8', 'name: operator'), /needs its width/);
    assert.match(saidOf('is: "06"', 'is: "05"'), /never recognised: settle fits everything/);
    assert.match(saidOf('name: operator', 'name: amount'), /the field amount stands here twice/);
    assert.match(saidOf('repeats: 3', 'repeets: 3'), /repeats/);
  });

  it('names the known ones for a name that there is not', () => {
    assert.throws(
      () => loadProtocol('transbnk'),
      (error: unknown) => isRigError(error) && /Did you mean transbank\?.*ecr17/.test(error.hint ?? ''),
    );
  });
});
