import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadAccesses, loadCards, loadData, loadProfile, loadRegions, SHIPPED } from '../bench/load.ts';
import { renderIssue, valueOrThrow } from '../bench/load-issue.ts';
import { MISDEEDS, type MisdeedName } from '../bench/policy.ts';
import { OPERATIONS } from '../bench/profile.ts';
import { checkFiles } from '../cli/check.ts';
import { jsonSchema, SCHEMA_FOLDER } from '../cli/schema.ts';
import { packaged } from '../model/package-root.ts';
import { FILE_KIND_NAMES } from './kinds.ts';
import type { Lookups } from './lookups.ts';
import { ClaimFile } from './schema.ts';
import { selectScenarios, skipReason, yamlFiles } from './select.ts';

const lookups: Lookups = {
  regions: new Set(valueOrThrow(loadRegions(packaged(SHIPPED.regions))).value.regions.map((r) => r.id)),
  accesses: new Set(valueOrThrow(loadAccesses(packaged(SHIPPED.accesses))).value.access.map((a) => a.id)),
  cards: new Map(valueOrThrow(loadCards(packaged(SHIPPED.cards))).value.cards.map((c) => [c.id, c.entry])),
  claims: new Set(valueOrThrow(loadData(packaged(SHIPPED.claims), ClaimFile)).value.claims.map((c) => c.id)),
  screens: new Set(Object.keys(valueOrThrow(loadProfile('vt-4')).value.screens)),
};
const plan = (name: string) =>
  valueOrThrow(selectScenarios([packaged(`scenarios/plans/${name}.yaml`)], { lookups }));

describe('what ships', () => {
  it('is valid: every scenario, plan, profile, bench, card, region and claim', async () => {
    const { files, ignored, issues } = await checkFiles(
      [
        packaged('scenarios'),
        packaged(SHIPPED.bench),
        packaged(SHIPPED.profiles),
        packaged(SHIPPED.regions),
        packaged(SHIPPED.accesses),
        packaged('rig/receipts/packs'),
      ],
      lookups,
    );
    assert.deepEqual(issues.map(renderIssue), []);
    assert.deepEqual(ignored, []);
    assert.deepEqual([...new Set(files.map(({ kind }) => kind))].sort(), [
      'access',
      'bench',
      'cards',
      'claims',
      'plan',
      'profile',
      'questionnaire',
      'receipt-rules',
      'regions',
      'scenario',
    ]);
  });

  it('names its schema in the first line, and the schema is there', () => {
    for (const file of yamlFiles(packaged('scenarios'))) {
      const [first] = readFileSync(file, 'utf8').split('\n');
      const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(first ?? '')?.[1];
      assert.ok(schema, `${file}: ${first}`);
      assert.doesNotThrow(() => readFileSync(new URL(schema, `file://${file}`)), file);
    }
  });

  for (const kind of FILE_KIND_NAMES)
    it(`has the JSON Schema of a ${kind} as it is now (npm run schema writes it)`, () =>
      assert.equal(readFileSync(packaged(`${SCHEMA_FOLDER}/${kind}.schema.json`), 'utf8'), jsonSchema(kind)));

  it('has a scenario for every defect of the catalogue', () => {
    const catalogue = readFileSync(packaged('drivers/virtual/terminal/defects.yaml'), 'utf8');
    const caughtBy = [...catalogue.matchAll(/caught-by: \[(.*?)\]/g)].flatMap((m) =>
      (m[1] ?? '').split(/,\s*/),
    );
    assert.ok(caughtBy.length >= 5);
    const ids = new Set(plan('full').map(({ id }) => id.replace(/\[.*/, '')));
    assert.deepEqual(
      caughtBy.filter((id) => !ids.has(id)),
      [],
    );
  });

  it('has a scenario for every operation of a terminal and for everything that the acquirer may do wrong', () => {
    const all = plan('full');
    const done = new Set<string>(all.flatMap(({ steps }) => steps.map(({ action }) => action.do)));
    assert.deepEqual(
      OPERATIONS.filter((operation) => !done.has(operation)),
      [],
    );
    const told = new Set(
      all.flatMap(({ given }) => given.acquirer?.misbehave.map((misdeed) => misdeed.do) ?? []),
    );
    // A host that lies makes its scenario broken: lying-host.e2e.test.ts does that.
    const lies = ['book-nothing', 'book-twice'];
    assert.deepEqual(
      Object.keys(MISDEEDS).filter((name) => !told.has(name as MisdeedName)),
      lies,
    );
  });

  it('has a smoke plan that is part of the full one', () => {
    const full = new Set(plan('full').map(({ id }) => id));
    const smoke = plan('smoke');
    assert.ok(smoke.length >= 26 && smoke.every(({ id }) => full.has(id)));
  });

  it('says nothing of card numbers and PINs in any scenario', () => {
    const { cards } = valueOrThrow(loadCards(packaged(SHIPPED.cards))).value;
    for (const file of yamlFiles(packaged('scenarios')).filter((name) => !name.endsWith('cards.yaml')))
      for (const { pan, pin } of cards)
        assert.ok(![pan, pin].some((secret) => readFileSync(file, 'utf8').includes(secret)), file);
  });

  it('applies to the built-in terminal on a bench with all planes', () => {
    const { capabilities } = valueOrThrow(loadProfile('vt-4')).value;
    const offer = {
      profile: { capabilities },
      planes: ['keypad', 'card', 'display', 'printer', 'network', 'host', 'power', 'till'] as const,
      hand: 'keypad' as const,
      simulatedHost: true,
    };
    assert.deepEqual(
      plan('full')
        .filter((scenario) => skipReason(scenario, offer))
        .map(({ id }) => id),
      [],
    );
  });
});
