import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { renderIssue, valueOrThrow } from '../bench/load-issue.ts';
import { checkFiles } from '../cli/check.ts';
import { isRigError } from '../model/errors.ts';
import { selectScenarios, skipReason, yamlFiles } from './select.ts';

const scenario = (id: string, en: string, zh: string, more = '') => `version: 1
id: ${id}
title: { en: ${en}, zh: ${zh} }
proves: [a.b]
${more}steps:
  - sale: { amount: 1, card: c }
    expect: { outcome: approved, host: none }
money: balanced
`;

describe('selecting scenarios', () => {
  let folder = '';
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    return join(folder, path);
  };
  const ids = (paths: readonly string[], grep?: string) =>
    valueOrThrow(
      selectScenarios(
        paths.map((path) => join(folder, path)),
        grep === undefined ? {} : { grep },
      ),
    ).map((s) => s.id);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posrig 测试 '));
    put('scenarios/b/B-001.yaml', scenario('B-001', 'Power cut', '断电'));
    put('scenarios/a/A-002.yaml', scenario('A-002', 'Weak network', '弱网'));
    put('scenarios/a/A-001.yaml', scenario('A-001', 'A sale', '消费', 'cases: [{ name: x }, { name: y }]\n'));
    put(
      'scenarios/plans/two.yaml',
      'version: 1\nid: two\ntitle: { en: T, zh: T }\nscenarios: [../b, ../a/A-002.yaml]\n',
    );
    put('scenarios/cards.yaml', 'version: 1\ncards: []\n');
    put('scenarios/notes.txt', 'no YAML');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('takes a folder by the names of its files, leaving plans and cards out', () => {
    const found = valueOrThrow(selectScenarios([join(folder, 'scenarios')]));
    assert.deepEqual(
      found.map(({ id, theme }) => [id, theme]),
      [
        ['A-001[x]', 'a'],
        ['A-001[y]', 'a'],
        ['A-002', 'a'],
        ['B-001', 'b'],
      ],
    );
  });

  it('takes paths in the order given, and every scenario once', () =>
    assert.deepEqual(ids(['scenarios/b', 'scenarios/a/A-002.yaml', 'scenarios']), [
      'B-001',
      'A-002',
      'A-001[x]',
      'A-001[y]',
    ]));

  it('takes what a plan lists, in its order', () =>
    assert.deepEqual(ids(['scenarios/plans/two.yaml']), ['B-001', 'A-002']));

  it('greps ids and titles in both languages', () => {
    assert.deepEqual(ids(['scenarios'], '^A-001\\[y\\]$'), ['A-001[y]']);
    assert.deepEqual(ids(['scenarios'], 'power'), ['B-001']);
    assert.deepEqual(ids(['scenarios'], '弱网'), ['A-002']);
    assert.throws(
      () => ids(['scenarios'], '['),
      (error) => isRigError(error) && error.code === 'USAGE',
    );
  });

  it('takes what ships by its place in the package, from wherever one works', () => {
    const [file, ...more] = yamlFiles('posrig:scenarios/till/TILL-001.yaml');
    assert.match(file ?? '', /scenarios.till.TILL-001\.yaml$/);
    assert.deepEqual(more, []);
    const { value } = selectScenarios(['posrig:scenarios/till/TILL-001.yaml']);
    assert.deepEqual(
      value?.map(({ id }) => id),
      ['TILL-001'],
    );
    assert.throws(
      () => yamlFiles('posrig:scenarios/none'),
      (error) => isRigError(error) && error.code === 'FILE_UNREADABLE',
    );
  });

  it('refuses a path that is not there', () =>
    assert.throws(
      () => ids(['scenarios/c']),
      (error) => isRigError(error) && error.code === 'FILE_UNREADABLE',
    ));

  it('refuses two scenarios with one id', () => {
    put('scenarios/b/B-002.yaml', scenario('B-001', 'Other', '另'));
    const { issues } = selectScenarios([join(folder, 'scenarios')]);
    assert.deepEqual(
      issues.map(({ line, column, message }) => [line, column, message.replace(/taken by .*/, 'taken')]),
      [[2, 5, 'id "B-001" is taken']],
    );
  });

  it('refuses plans that contain themselves or what is not there', () => {
    const plan = put(
      'scenarios/plans/loop.yaml',
      'version: 1\nid: loop\ntitle: { en: T, zh: T }\nscenarios: [loop.yaml, ../c]\n',
    );
    assert.deepEqual(selectScenarios([plan]).issues.map(renderIssue), [
      `${plan}:4:13: this plan contains itself`,
      `${plan}:4:24: there is no file or folder "../c"`,
    ]);
  });

  it('does not overlook a scenario whose steps are misspelt', async () => {
    const file = put('scenarios/b/B-003.yaml', scenario('B-003', 'T', 'T').replace('steps', 'stpes'));
    assert.deepEqual(
      (await checkFiles([folder])).issues.filter((issue) => issue.file === file).map(renderIssue),
      [`${file}:5:1: unknown key "stpes"; did you mean "steps"?`],
    );
    assert.equal(
      selectScenarios([folder]).issues.some((issue) => issue.file.endsWith('B-003.yaml')),
      true,
    );
  });

  it('says why a scenario does not apply', () => {
    const [b] = valueOrThrow(selectScenarios([join(folder, 'scenarios/b')]));
    assert.ok(b);
    const offer = {
      profile: { capabilities: { entry: ['chip' as const], operations: ['sale' as const] } },
      planes: ['keypad', 'card'] as const,
      hand: 'keypad' as const,
      simulatedHost: false,
    };
    assert.equal(skipReason(b, offer), undefined);
    assert.equal(skipReason(b, { ...offer, hand: 'till' }), 'the bench has no till plane');
    const scans = { ...b, needs: { ...b.needs, entry: ['scan' as const] } };
    const scanner = {
      ...offer,
      profile: { capabilities: { ...offer.profile.capabilities, entry: ['scan' as const] } },
    };
    assert.match(
      skipReason(scans, { ...scanner, showsCodes: false }) ?? '',
      /nothing on the bench shows payment codes/,
    );
    assert.equal(skipReason(scans, scanner), undefined);
    const shown = {
      ...b,
      needs: { ...b.needs, entry: ['shown-code' as const] },
      steps: b.steps.map((step) => ({ ...step, action: { do: 'sale' as const, code: 'damaged' as const } })),
    };
    const showing = {
      ...offer,
      profile: { capabilities: { ...offer.profile.capabilities, entry: ['shown-code' as const] } },
      paysCodes: true,
    };
    assert.equal(skipReason(shown, { ...showing, paysAnyCode: true }), undefined);
    assert.match(skipReason(shown, { ...showing, paysAnyCode: false }) ?? '', /pays no damaged code$/);
    assert.equal(skipReason({ ...shown, steps: b.steps }, { ...showing, paysAnyCode: false }), undefined);
    const asks = { ...b, needs: { ...b.needs, till: ['progress' as const, 'last' as const] } };
    assert.equal(skipReason(asks, offer), undefined);
    assert.equal(
      skipReason(asks, { ...offer, tillWays: ['last', 'totals'] }),
      'the till is not told on the way that the terminal is still at it: its protocol has nothing for it',
    );
    const needy = {
      ...b,
      needs: {
        entry: ['tap' as const],
        operations: ['sale' as const, 'refund' as const],
        planes: ['network' as const],
        simulatedHost: true,
      },
    };
    assert.equal(
      skipReason(needy, offer),
      'the terminal has no refund; the terminal takes no card by tap; the bench has no network plane',
    );
    assert.match(
      skipReason(needy, { ...offer, planes: ['keypad', 'host'] }) ?? '',
      /the acquirer of this bench is a real one/,
    );
  });
});
