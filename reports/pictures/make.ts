import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright';
import { findChromium } from '../tools.ts';
import { terminalPage } from './terminal.ts';

/**
 * Makes the pictures of the README from real runs on the built-in bench: `npm run pictures`, by hand, after `npm run
 * build`. Needs tmux, whose pane is the terminal that is photographed, and Chromium.
 */
const HERE = import.meta.dirname;
const POSRIG = resolve(HERE, '../../dist/rig/cli/main.js');
const COLUMNS = 108;
const ROWS = 38;
const RUN_MS = 240_000;
/** How much of the slips is in the picture, pixels: their heads. */
const SLIP_SHOWN = 250;
/** Bytes; a README must not be slow to open. */
const LARGEST = 250_000;

const folder = mkdtempSync(join(tmpdir(), 'posrig-pictures-'));
const tool = await findChromium();
if (!tool) throw new Error('Chromium is not found; npm run setup installs it.');
const browser = await chromium.launch({
  executablePath: tool.path,
  chromiumSandbox: process.getuid?.() !== 0,
  args: ['--disable-gpu', '--font-render-hinting=none'],
});
try {
  await picture(browser, terminalPage(await consoleOfRun()), 'main', 'console.png');
  await picture(browser, await failedScenario(browser), 'main', 'report.png');
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

/** A whole run in a terminal of its own; returns what stands on the screen at its end, with colours. */
async function consoleOfRun(): Promise<string> {
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', 'posrig-pictures', ...args], { encoding: 'utf8', cwd: folder });
  const shown = `PS1= ; clear; '${process.execPath}' '${POSRIG}' run; echo posrig-is-done; sleep 600`;
  tmux('new-session', '-d', '-s', 'run', '-x', `${COLUMNS}`, '-y', `${ROWS}`, shown);
  try {
    const until = Date.now() + RUN_MS;
    while (!tmux('capture-pane', '-p', '-t', 'run').includes('posrig-is-done')) {
      if (Date.now() > until) throw new Error('The run did not end within four minutes.');
      await new Promise((wake) => setTimeout(wake, 500));
    }
    return tmux('capture-pane', '-e', '-p', '-t', 'run').replace(/posrig-is-done\s*/, '');
  } finally {
    tmux('kill-session', '-t', 'run');
  }
}

/** The sheet of a scenario that a defect turned red, cut out of the real page: its head on the left, what followed on the right. */
async function failedScenario(browser: Browser): Promise<string> {
  const out = join(folder, 'failed');
  const args = [
    POSRIG,
    'run',
    resolve(HERE, '../../scenarios/dropout/DROP-003.yaml'),
    '--defect',
    'no-reversal-on-timeout',
    '--formats',
    'html',
    '--out',
    out,
  ];
  try {
    execFileSync(process.execPath, args, { stdio: 'ignore', timeout: RUN_MS });
  } catch {
    // It fails: that is the picture.
  }
  const tab = await browser.newPage({ viewport: { width: 940, height: 1200 }, deviceScaleFactor: 1 });
  await tab.goto(pathToFileURL(join(out, 'index.html')).href);
  const top = async (selector: string) => (await tab.locator(selector).first().boundingBox())?.y ?? 0;
  const cut = async (from: number, to: number) =>
    tab.screenshot({ fullPage: true, clip: { x: 20, y: from, width: 900, height: to - from } });
  const sheet = 'article.failed';
  const dialogue = (await top(`${sheet} .seq`)) - 34;
  const slips = await tab.locator(`${sheet} .slips`).boundingBox();
  const right = { from: dialogue, to: (slips?.y ?? 0) + SLIP_SHOWN };
  const start = (await top(sheet)) - 12;
  const [sheetTop, course] = [
    await cut(start, start + right.to - right.from),
    await cut(right.from, right.to),
  ];
  await tab.close();
  const img = (png: Buffer) => `<img src="data:image/png;base64,${png.toString('base64')}">`;
  return `<!doctype html><style>
    body { margin:0; } main { display:inline-grid; grid-template-columns:500px 500px; gap:1px; background:#d5dae0; border:1px solid #d5dae0; align-items:stretch; }
    main { position:relative; } main::after { content:""; position:absolute; inset:auto 0 0; height:70px; background:linear-gradient(transparent,#fff); } div { background:#fff; } img { display:block; width:500px; }</style><main><div>${img(sheetTop)}</div><div>${img(course)}</div></main>`;
}

async function picture(browser: Browser, html: string, selector: string, name: string): Promise<void> {
  const tab = await browser.newPage({ viewport: { width: 1400, height: 1000 }, deviceScaleFactor: 1 });
  await tab.setContent(html, { waitUntil: 'load' });
  const to = join(HERE, name);
  await tab.locator(selector).screenshot({ path: to });
  await tab.close();
  const { length } = readFileSync(to);
  process.stdout.write(`${name}: ${Math.round(length / 1000)} kB\n`);
  if (length > LARGEST) throw new Error(`${name} is larger than ${LARGEST / 1000} kB.`);
}
