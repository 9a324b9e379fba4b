import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { needsChromium, needsJava } from '../../rig/house/tiers.ts';
import { readRun } from '../fold.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { serve } from '../testing/serve.ts';
import { generateAllure } from './generate.ts';
import { writeAllureResults } from './results.ts';

interface Result {
  readonly name: string;
  readonly status: string;
  readonly historyId: string;
  readonly statusDetails: { readonly message?: string };
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly steps: readonly {
    readonly name: string;
    readonly steps: readonly unknown[];
    readonly attachments: readonly { readonly source: string }[];
  }[];
  readonly attachments: readonly { readonly source: string }[];
}

describe('Allure', () => {
  let folder: string;
  let results: string;
  before(async () => {
    folder = await writeRun();
    results = join(folder, 'allure-results');
    writeAllureResults(await readRun(folder), results, 'en');
  });
  after(() => removeRun(folder));

  const all = () =>
    readdirSync(results)
      .filter((name) => name.endsWith('-result.json'))
      .map((name) => JSON.parse(readFileSync(join(results, name), 'utf8')) as Result);
  const one = (id: string) => all().find(({ name }) => name.startsWith(id));

  it('maps verdicts to the four statuses', () => {
    const statuses = Object.fromEntries(all().map(({ name, status }) => [name.split(' ')[0], status]));
    assert.deepEqual(statuses, {
      'DROP-003': 'passed',
      'RCP-001': 'failed',
      'OFF-001': 'broken',
      'LIM-002': 'broken',
      'TAP-001': 'skipped',
      'BAD-001': 'broken',
      'XC-001': 'passed',
    });
  });

  it('puts every scenario that has not passed into the category of its blame', () => {
    const categories = JSON.parse(readFileSync(join(results, 'categories.json'), 'utf8')) as {
      name: string;
      messageRegex?: string;
    }[];
    const of = (id: string) => {
      const message = one(id)?.statusDetails.message ?? '';
      return categories
        .filter(
          ({ messageRegex }) =>
            messageRegex && new RegExp(messageRegex.replace('(?s)', ''), 's').test(message),
        )
        .map(({ name }) => name);
    };
    assert.deepEqual(of('RCP-001'), ['failed: terminal']);
    assert.deepEqual(of('OFF-001'), ['broken: bench']);
    assert.deepEqual(of('LIM-002'), ['broken: rig']);
  });

  it('attaches receipts by hard link, and every attachment is there', () => {
    const result = one('DROP-003');
    const sources = [
      ...(result?.attachments ?? []),
      ...(result?.steps.flatMap(({ attachments }) => attachments) ?? []),
    ].map(({ source }) => source);
    assert.equal(sources.length, 3);
    for (const source of sources) assert.ok(statSync(join(results, source)).size > 0);
    const picture = sources.find((source) => source.endsWith('.svg'));
    assert.ok(picture && statSync(join(results, picture)).nlink >= 2);
    assert.deepEqual(
      result?.steps.map(({ name, steps }) => [name, steps.length]),
      [
        ['1 sale CNY 128.50 → no-answer', 2],
        ['2 sale CNY 20.00 → approved', 4],
        ['money', 5],
      ],
    );
  });

  it('tells neither the card nor the machine', () => {
    for (const name of readdirSync(results))
      assert.ok(!readFileSync(join(results, name), 'utf8').includes('6299990000000000012'), name);
    assert.ok(all().every(({ labels }) => labels.every(({ name }) => name !== 'host' && name !== 'thread')));
  });

  it('becomes a report in a folder with Chinese characters, whatever the locale', async function () {
    this.timeout(240_000);
    const java = await needsJava(this);
    const { LC_ALL: before } = process.env;
    process.env['LC_ALL'] = 'POSIX';
    try {
      assert.match(folder, /[\u4e00-\u9fff]/);
      await generateAllure(results, join(folder, '报告'), java.path);
    } finally {
      if (before === undefined) delete process.env['LC_ALL'];
      else process.env['LC_ALL'] = before;
    }
  });

  it('becomes a report that calls nobody', async function () {
    this.timeout(240_000);
    const java = await needsJava(this);
    const report = join(folder, 'allure-report');
    await generateAllure(results, report, java.path);
    const index = readFileSync(join(report, 'index.html'), 'utf8');
    assert.doesNotMatch(index, /googletagmanager|google-analytics/);
    const summary = JSON.parse(readFileSync(join(report, 'widgets', 'summary.json'), 'utf8')) as {
      statistic: Record<string, number>;
    };
    assert.deepEqual(summary.statistic, {
      failed: 1,
      broken: 3,
      skipped: 1,
      passed: 2,
      unknown: 0,
      total: 7,
    });
  });

  it('shows themes, steps, attachments and blame in a browser, and asks nobody else for anything', async function () {
    this.timeout(240_000);
    const java = await needsJava(this);
    const { path } = await needsChromium(this);
    const report = join(folder, 'allure-report-shown');
    await generateAllure(results, report, java.path);
    const server = await serve(report);
    const browser = await chromium.launch({
      executablePath: path,
      chromiumSandbox: process.getuid?.() !== 0,
    });
    try {
      const tab = await browser.newPage();
      const wrong: string[] = [];
      tab.on('pageerror', (error) => wrong.push(error.message));
      tab.on('request', (request) => {
        if (!request.url().startsWith(server.url) && !request.url().startsWith('data:'))
          wrong.push(request.url());
      });
      await tab.goto(server.url);
      await tab.getByText('The built-in virtual bench').waitFor();
      await tab.goto(`${server.url}#categories`);
      await tab.getByText('failed: terminal').waitFor();
      await tab.goto(`${server.url}#suites`);
      await tab.locator('.node__title').getByText('posrig').click();
      await tab.locator('.node__title').getByText('receipts').click();
      await tab.getByText('RCP-001 Both copies show the PAN masked').click();
      for (const seen of [/1 sale CNY 20\.00 → approved/, /^messages/, /\[failed\/terminal\] step 1/])
        await tab.getByText(seen).first().waitFor();
      assert.deepEqual(wrong, []);
    } finally {
      await browser.close();
      await server.close();
    }
  });

  it('tells what to do when the generator fails', async function () {
    const java = await needsJava(this);
    await assert.rejects(generateAllure(results, join(folder, 'journal.jsonl', 'never'), java.path), {
      code: 'REPORT_TOOL',
    });
  });
});
