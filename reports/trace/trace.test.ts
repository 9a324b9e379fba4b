import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright';
import { needsChromium } from '../../rig/house/tiers.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { renderTrace } from './page.ts';
import { readTrace } from './trace.ts';

describe('the trace of a scenario', () => {
  let folder: string;
  before(async () => {
    folder = await writeRun();
  });
  after(() => removeRun(folder));

  it('has every event of the attempt that was asked for, and the span of its fault', async () => {
    const trace = await readTrace(folder, 'DROP-003');
    assert.deepEqual([trace.attempt, trace.verdict], [1, 'passed']);
    assert.equal(trace.events[0]?.e.type, 'scenario.start');
    assert.equal(trace.events.at(-1)?.e.type, 'scenario.end');
    assert.ok(trace.faults.length === 1 && (trace.faults[0]?.from ?? 0) > 0);
    assert.ok(trace.lanes.includes('network') && trace.lanes.includes('host'));
    assert.ok(Object.keys(trace.pictures).length > 0);
    await assert.rejects(readTrace(folder, 'DROP-004'), { code: 'USAGE', message: /no scenario DROP-004/ });
    await assert.rejects(readTrace(folder, 'DROP-003', 2), { code: 'USAGE', message: /attempt 2/ });
  });

  it('is text whatever stands in the journal: nothing can end the data or begin a script', async () => {
    const page = renderTrace(await readTrace(folder, 'BAD-001'));
    assert.equal(page.match(/<script/gi)?.length, 1);
    assert.equal(page.match(/<\/script/gi)?.length, 1);
    const packed = /<template id="trace">([\w+/=]+)<\/template>/.exec(page)?.[1] ?? '';
    const data = inflateRawSync(Buffer.from(packed, 'base64')).toString('utf8');
    assert.match(data, /"BAD-001"/);
    assert.ok(!`${page}${data}`.includes('6299990000000000012'));
    assert.doesNotMatch(page, /(?:src|href)=["']?http/);
  });
});

describe('the trace in Chromium', function () {
  this.timeout(180_000);
  let browser: Browser | undefined;
  let program: string;
  before(async function () {
    program = (await needsChromium(this)).path;
    browser = await chromium.launch({ executablePath: program, chromiumSandbox: process.getuid?.() !== 0 });
  });
  after(() => browser?.close());

  it('opens 50,000 events from disk, goes through them by key and click, and shows bytes, fields and screens', async () => {
    assert.ok(browser);
    const folder = await writeRun(undefined, (fixture) => fixture.lostApproval());
    const trace = await readTrace(folder, 'DROP-003');
    const bytes = {
      type: 'bytes',
      plane: 'network',
      stream: 'a',
      dir: 'in',
      hex: '48656c6c6f3c',
      count: 6,
    } as const;
    const many = Array.from({ length: 50_000 }, (_, i) => ({
      t: (i * 120_000) / 50_000,
      l: trace.lanes.indexOf('network'),
      s: 'in 6 bytes',
      e: { ...bytes, n: 10_000 + i, t: i, wall: '2026-11-22T09:30:00.000Z' },
    }));
    const events = [...trace.events, ...many].sort((a, b) => a.t - b.t);
    const file = join(folder, 'trace.html');
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, renderTrace({ ...trace, events }));
    const context = await browser.newContext({ offline: true, viewport: { width: 1200, height: 900 } });
    const page = await context.newPage();
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (message) => wrong.push(message.text()));
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('body[data-ready=yes]');
    const detail = page.locator('#detail');
    const heading = async () => (await detail.locator('h2').textContent()) ?? '';
    assert.match(await heading(), /network · fault/, 'it begins at the fault');
    await page.keyboard.press('Home');
    assert.match(await heading(), /rig · scenario\.start/);
    await page.keyboard.press('m');
    assert.match(await heading(), /· message/);
    assert.match((await detail.textContent()) ?? '', /system trace audit number/);
    await page.keyboard.press('End');
    for (let i = 0; i < 4 && !/bytes/.test(await heading()); i++) await page.keyboard.press('ArrowLeft');
    const box = await page.locator('#line').boundingBox();
    assert.ok(box);
    const lane = trace.lanes.indexOf('network');
    await page.mouse.click(box.x + 600, box.y + 24 + lane * 34 + 17);
    assert.match(await heading(), /network · /);
    await page.keyboard.press('n');
    const clicked = (await detail.textContent()) ?? '';
    assert.match(clicked, /48 65 6c 6c 6f 3c {2,}Hello</);
    assert.ok((await page.locator('#beside .lcd').count()) === 1, 'what the screen showed then');
    for (const key of ['+', '+', 'ArrowRight', '-', '0', 'b', 'f', 'ArrowUp', 'p'])
      await page.keyboard.press(key);
    await page.mouse.move(box.x + 500, box.y + 60);
    await page.mouse.wheel(0, -400);
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'));
    assert.deepEqual(wrong, []);
    await context.close();
    removeRun(folder);
  });
});
