import assert from 'node:assert/strict';
import { foldEvents, readRun } from '../fold.ts';
import type { RunView } from '../model.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { parseXml, type XmlNode } from '../testing/xml.ts';
import { renderJunit } from './junit.ts';

describe('JUnit XML', () => {
  let run: RunView;
  let root: XmlNode;
  before(async () => {
    const folder = await writeRun();
    run = await readRun(folder);
    removeRun(folder);
    root = parseXml(renderJunit(run, 'en'));
  });
  const cases = () =>
    root.children.flatMap((suite) => suite.children.filter(({ name }) => name === 'testcase'));
  const outcomes = (node: XmlNode) =>
    node.children.filter(({ name }) => name !== 'properties').map(({ name }) => name);

  it('makes only a failed part under test a failure', () => {
    assert.deepEqual(
      Object.fromEntries(cases().map((node) => [node.attributes['name']?.split(' ')[0], outcomes(node)])),
      {
        'DROP-003': [],
        'RCP-001': ['failure'],
        'OFF-001': ['error'],
        'LIM-002': ['error'],
        'TAP-001': ['skipped'],
        'BAD-001': ['error'],
        'XC-001': [],
      },
    );
    const { tests, failures, errors, skipped } = root.attributes;
    assert.deepEqual([tests, failures, errors, skipped], ['7', '1', '3', '1']);
  });

  it('says reason, blame and requirements', () => {
    const failed = cases().find((node) => node.attributes['name']?.startsWith('RCP-001'));
    const failure = failed?.children.find(({ name }) => name === 'failure');
    assert.equal(failure?.attributes['type'], 'failed/terminal');
    assert.match(failure?.attributes['message'] ?? '', /^step 1 \(sale\): expected masked/);
    assert.match(failure?.text ?? '', /PCI DSS 3\.4\.1/);
    const properties = failed?.children
      .find(({ name }) => name === 'properties')
      ?.children.map(({ attributes }) => [attributes['name'], attributes['value']]);
    assert.deepEqual(properties, [
      ['verdict', 'failed'],
      ['blame', 'terminal'],
      ['proves', 'receipts.core online.no-data-loss'],
    ]);
    const skipped = cases()
      .find((node) => node.attributes['name']?.startsWith('TAP-001'))
      ?.children.at(-1);
    assert.match(skipped?.attributes['message'] ?? '', /^needs entry: tap/);
  });

  it('keeps hostile titles as text, in both languages', () => {
    for (const lang of ['en', 'zh'] as const) {
      const parsed = parseXml(renderJunit(run, lang));
      const hostile = parsed.children
        .flatMap(({ children }) => children)
        .find((node) => node.attributes['name']?.startsWith('BAD-001'));
      assert.match(
        hostile?.attributes['name'] ?? '',
        lang === 'en' ? /<\/script><script>alert\(1\)/ : /<svg\/onload=alert\(3\)>/,
      );
    }
  });

  it('is XML also for an empty run', () => {
    assert.equal(parseXml(renderJunit(foldEvents('/nowhere', []), 'en')).attributes['tests'], '0');
  });
});
