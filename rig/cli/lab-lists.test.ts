import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drivers } from '../../drivers/index.ts';
import { reports } from '../../reports/index.ts';
import { loadBench } from '../bench/load.ts';
import { renderIssue, valueOrThrow } from '../bench/load-issue.ts';
import { benchRef } from '../bench/names.ts';
import { packaged } from '../model/package-root.ts';
import { selectScenarios } from '../scenario/select.ts';
import { check, checkFiles } from './check.ts';
import type { House } from './house.ts';
import { knownNames, namesOnBench } from './known.ts';

const house: House = { drivers, reports };

/** A laboratory with cards, regions and requirements of its own. */
const CLAIMS = `version: 1
claims:
  - { id: acme.R4.1, title: { en: A sale far from home is booked once, zh: 异地消费只记一次 } }
`;
const CARDS = `version: 1
cards:
  - { id: lab-debit, title: { en: Lab debit, zh: 借记卡 }, scheme: CUP, pan: "6299990000000000012", expiry: "3012", pin: "123456", entry: [chip], issuer: "01020000" }
`;
const REGIONS = `version: 1
regions:
  - id: suzhou
    title: { en: Suzhou, zh: 苏州 }
    egress: 127.5.12.1
    rtt: 4
    jitter: 1
    source: { kind: measured, from: our own line }
    entry: shanghai
    policy: { roaming: home }
`;
const BENCH = `version: 1
id: lab-1
extends: posrig:drivers/virtual/bench.yaml
cards: ./cards.yaml
regions: ./regions.yaml
home: suzhou
planes:
  card: { slots: { lab-debit: 1, debit-1: null, debit-2: null, credit-1: null, tap-1: null } }
`;
const scenario = (claim = 'acme.R4.1', id = 'ACME-L3-0412') => `version: 1
id: ${id}
title: { en: Sold far from home, zh: 异地消费 }
proves: [${claim}]
given: { region: suzhou, card: lab-debit }
steps:
  - sale: { amount: 10.10 }
    expect: { outcome: approved, host: [{ sale: { amount: 10.10 } }] }
money: balanced
`;

describe('lists of a laboratory', () => {
  let lab: string;
  const put = (name: string, text: string) => writeFileSync(join(lab, name), text);
  before(() => {
    lab = mkdtempSync(join(tmpdir(), 'posrig 实验室-'));
    mkdirSync(join(lab, 'suite'));
    put('package.json', '{}'); // where its tree begins
    put('claims.yaml', CLAIMS);
    put('cards.yaml', CARDS);
    put('regions.yaml', REGIONS);
    put('bench.yaml', BENCH);
    put('suite/far.yaml', scenario());
  });
  after(() => rmSync(lab, { recursive: true, force: true }));

  const checked = async (...paths: string[]) =>
    (
      await checkFiles(
        paths.map((path) => join(lab, path)),
        knownNames(house),
      )
    ).issues.map((issue) => renderIssue(issue).replace(`${lab}/`, ''));

  it('are found beside scenarios and above them when files are checked', async () => {
    assert.deepEqual(await checked('.'), []);
    assert.deepEqual(await checked('suite/far.yaml'), []);
    put('suite/wrong.yaml', scenario('acme.R4.2', 'ACME-001'));
    assert.deepEqual(await checked('suite/wrong.yaml'), [
      'suite/wrong.yaml:4:10: unknown claim "acme.R4.2"; did you mean "acme.R4.1"?',
    ]);
    rmSync(join(lab, 'suite/wrong.yaml'));
  });

  it('are those of the bench in a run, and drivers are told where they lie', async () => {
    const known = knownNames(house);
    const load = async (file: string) => valueOrThrow(await loadBench(file, known));
    const own = await load(join(lab, 'bench.yaml'));
    assert.equal(benchRef(own).regions, join(lab, 'regions.yaml'));
    const names = namesOnBench(known, own);
    assert.deepEqual([...(names.cards?.keys() ?? [])], ['lab-debit']);
    assert.deepEqual([...(names.regions ?? [])], ['suzhou']);
    const chosen = (lookups: typeof names) => selectScenarios([join(lab, 'suite')], { lookups });
    assert.deepEqual(
      valueOrThrow(chosen(names)).map(({ id, proves }) => [id, proves]),
      [['ACME-L3-0412', ['acme.R4.1']]],
    );
    const elsewhere = namesOnBench(known, await load(packaged('drivers/virtual/bench.yaml')));
    assert.deepEqual(
      chosen(elsewhere).issues.map(({ message }) => message),
      ['unknown region "suzhou"', 'unknown card "lab-debit"'],
    );
  });

  it('end where another tree begins', async () => {
    put('suite/package.json', '{}');
    const found = await checked('suite/far.yaml');
    assert.deepEqual(
      found.map((line) => /unknown \w+ "[^"]+"/.exec(line)?.[0]),
      ['unknown claim "acme.R4.1"', 'unknown region "suzhou"', 'unknown card "lab-debit"'],
    );
    rmSync(join(lab, 'suite/package.json'));
  });

  it('need no claim in a scenario that nobody asked for', async () => {
    put('suite/free.yaml', scenario().replace('proves: [acme.R4.1]\n', '').replace('0412', '0413'));
    assert.deepEqual(await checked('suite/free.yaml'), []);
    rmSync(join(lab, 'suite/free.yaml'));
  });

  it('a home or a file that a bench names in vain is told at its place', async () => {
    put('other.yaml', BENCH.replace('home: suzhou', 'home: wuxi').replace('./cards.yaml', './no.yaml'));
    assert.deepEqual(await checked('other.yaml'), [
      'other.yaml:4:8: there is no file "./no.yaml"',
      'other.yaml:6:7: unknown region "wuxi"; expected suzhou',
    ]);
    rmSync(join(lab, 'other.yaml'));
  });
});

describe('a check of many wrong files', () => {
  it('calls none of them valid, and tells the mistakes of each', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'posrig-many-'));
    for (let i = 100; i < 240; i++)
      writeFileSync(join(folder, `${i}.yaml`), scenario('acme.none', `MANY-${i}`).replace('suzhou', 'wuxi'));
    const said: string[] = [];
    await check([folder], { write: said.push.bind(said) }, knownNames(house));
    rmSync(folder, { recursive: true });
    const lines = said.join('').trimEnd().split('\n');
    assert.equal(lines.at(-1), '280 mistakes in 140 files, 0 files valid');
    assert.equal(lines.length, 281);
  });
});
