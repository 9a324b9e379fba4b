import assert from 'node:assert/strict';
import { readRun } from '../fold.ts';
import type { ScenarioView } from '../model.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { PaperChoice, PaperPage } from './paper.ts';
import { legible } from './print.ts';

describe('what a run has on paper', () => {
  let failed: ScenarioView;
  let passed: ScenarioView;
  let folder: string;
  before(async () => {
    folder = await writeRun();
    const { scenarios } = await readRun(folder);
    const of = (id: string) => scenarios.find((scenario) => scenario.id === id);
    [failed, passed] = [of('RCP-001') as ScenarioView, of('DROP-003') as ScenarioView];
  });
  after(() => removeRun(folder));

  it('tells what no embedded font can show by its number: emoji would be boxes', () => {
    assert.equal(
      legible('a \u{1F600}\u{1F44D}\u{1F3FD} \u2764\ufe0f 收据 é'),
      'a [U+1F600][U+1F44D][U+1F3FD] \u2764 收据 é',
    );
    const plain = '<p>¥ 20.00 · 商户 &amp; ✓ → ⟨U+202E⟩</p>';
    assert.equal(legible(plain), plain);
  });

  it('shows every field once for each reason, however many scenarios fail', () => {
    const choice = new PaperChoice(35);
    const shown = Array.from({ length: 35 }, (_, i) =>
      choice.of({ ...failed, reason: `${i} slips too many` }),
    );
    assert.deepEqual(
      shown.map((one) => one?.fields),
      [true, ...Array<boolean>(34).fill(false)],
    );
    const others = Array.from({ length: 20 }, (_, i) =>
      choice.of({ ...failed, reason: String.fromCharCode(97 + i) }),
    );
    assert.equal(others.filter((one) => one?.fields).length, 7);
  });

  it('leaves passed scenarios of a long run to the tables, and ends at a number of sheets', () => {
    const choice = new PaperChoice(500);
    assert.equal(choice.of(passed), undefined);
    const shown = Array.from({ length: 500 }, () => choice.of(failed)).filter(Boolean);
    assert.equal(shown.length, 120);
    assert.deepEqual(new PaperChoice(35).of(passed), {});
  });

  it('says how many sheets are left out, and links to none of them', async () => {
    const run = await readRun(folder);
    const page = new PaperPage('en', 500);
    for (const scenario of run.scenarios) page.add(scenario, run);
    const { html } = page.finish(run);
    assert.match(html, /3 of 7 sheets are not on paper/);
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, to = ''] of html.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.has(to), to);
  });
});
