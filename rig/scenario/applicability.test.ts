import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderIssue } from '../bench/load-issue.ts';
import { checkFiles } from '../cli/check.ts';
import { packaged } from '../model/package-root.ts';
import { answersOf, excludedBy, isChosen, loadStatedProfile, shippedQuestionnaire } from './applicability.ts';

describe('what applies to a terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig ics-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is asked of its profile, whose answers may contradict neither its capabilities nor one another', async () => {
    const file = join(folder, 'profile.yaml');
    const shipped = readFileSync(packaged('drivers/terminal/profiles/vt-4.yaml'), 'utf8');
    const changed = shipped
      .replace('contactless: yes', 'contactless: no')
      .replace('store-and-forward: yes', 'store-and-forward: no')
      .replace('reprint: yes', 'reprnt: yes');
    writeFileSync(file, changed);
    const issues = (await checkFiles([file])).issues.map(renderIssue).join('\n');
    assert.match(issues, /the answer to "contactless" is no, but the capabilities have tap/);
    assert.match(
      issues,
      /the answer to "offline-sale" is yes, which contradicts the answer no to "store-and-forward"/,
    );
    assert.match(issues, /no question "reprnt"; did you mean "reprint"\?/);
    // What judges by the answers takes no profile in which they contradict each other: nothing would be excluded rightly.
    const stated = loadStatedProfile(file).issues.map(renderIssue).join('\n');
    assert.equal(stated, issues);
    assert.ok(loadStatedProfile('vt-4').value);
    writeFileSync(file, shipped.replace('entry: [chip, swipe, tap,', 'entry: [chip, swipe,'));
    assert.match(
      (await checkFiles([file])).issues.map(renderIssue).join('\n'),
      /the answer to "contactless" is yes, but the capabilities have no tap/,
    );
  });

  it('is told with the questions in their order, as far as they were answered', () => {
    const questionnaire = shippedQuestionnaire();
    assert.ok(questionnaire);
    const told = answersOf({ ics: { tip: 'no', chip: 'yes', unknown: 'yes' } }, questionnaire);
    assert.deepEqual(
      told.map(({ id, answer }) => [id, answer]),
      [
        ['chip', 'yes'],
        ['tip', 'no'],
      ],
    );
    assert.match(told[1]?.title.zh ?? '', /小费/);
  });

  it('is chosen by requirement, whole blocks included', () => {
    const scenario = { proves: ['online.pin', 'cross-city.encryption'] };
    assert.ok(isChosen(scenario, {}));
    assert.ok(isChosen(scenario, { requirements: ['online.*'] }));
    assert.ok(isChosen(scenario, { requirements: ['cross-city.encryption'] }));
    assert.ok(!isChosen(scenario, { requirements: ['online.pi', 'offline.*'] }));
  });

  it('is excluded by the answers that were given, with the reason and the answer', () => {
    const plan = {
      'not-applicable': [
        {
          when: { tip: 'no' as const, roaming: 'no' as const },
          scenarios: ['TIP-001'],
          requirements: ['cross-city.*'],
          because: { en: 'It stays where it is', zh: '固定使用' },
        },
      ],
    };
    const answers = { tip: 'no', roaming: 'no' };
    const tip = { id: 'TIP-001[10]', proves: ['online.pin'] };
    assert.deepEqual(excludedBy(tip, plan, answers), {
      en: 'It stays where it is (tip: no, roaming: no)',
      zh: '固定使用 (tip: no, roaming: no)',
    });
    assert.equal(excludedBy(tip, plan, { tip: 'no' }), undefined, 'an answer that was not given');
    assert.ok(excludedBy({ id: 'CITY-001', proves: ['cross-city.feasible'] }, plan, answers));
    const both = { id: 'CITY-002', proves: ['cross-city.feasible', 'online.pin'] };
    assert.equal(excludedBy(both, plan, answers), undefined, 'it proves something else, too');
    assert.equal(excludedBy({ id: 'TIP-0011', proves: ['online.pin'] }, plan, answers), undefined);
  });
});
