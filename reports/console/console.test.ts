import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import stringWidth from 'string-width';
import { readJournal } from '../../rig/journal/read.ts';
import { readRun } from '../fold.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { LiveConsole } from './live.ts';
import { renderSummary } from './summary.ts';

/** Everything that was written: one read may give no more than one piece. */
function allOf(out: PassThrough): string {
  let text = '';
  for (let piece = out.read(); piece !== null; piece = out.read()) text += piece;
  return text;
}

describe('the console', () => {
  let folder: string;
  before(async () => {
    folder = await writeRun();
  });
  after(() => removeRun(folder));

  async function live(options: {
    readonly interactive: boolean;
    readonly color: boolean;
    readonly lang?: 'en' | 'zh';
    readonly verbose?: boolean;
  }): Promise<string> {
    const out = Object.assign(new PassThrough(), { columns: 80 });
    const view = new LiveConsole({ lang: 'en', verbose: false, ...options, out });
    for await (const event of readJournal(folder)) view.listener(event);
    view.stop();
    return allOf(out);
  }

  it('writes plain lines when nothing can be redrawn', async () => {
    const text = await live({ interactive: false, color: false });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    assert.doesNotMatch(text, /[\u001b\r]/);
    assert.match(text, /^\[1\/7\] DROP-003 Approval lost/m);
    assert.match(text, /^ {6}step 2 sale CNY 20\.00$/m);
    assert.match(text, /^✓ DROP-003 .* 2\.1 s$/m);
    assert.match(text, /^✗ RCP-001 .* failed \(terminal\) 2\.1 s$/m);
  });

  it('keeps one status line on a terminal, never wider than it, and leaves nothing of it', async () => {
    const text = await live({ interactive: true, color: false });
    assert.match(text, /\[1\/7\] DROP-003 .* step 1 sale CNY 128\.50 · \d/);
    const screen = text.split('\n').map((line) => line.replaceAll('\u001b[K', '').split('\r'));
    for (const drawn of screen.flat()) assert.ok(stringWidth(drawn) <= 80, drawn);
    assert.ok(screen.every((line) => !(line.at(-1) ?? '').startsWith('[')));
  });

  it('says which report is being written, and clears that as well', () => {
    const out = Object.assign(new PassThrough(), { columns: 80 });
    const view = new LiveConsole({ lang: 'en', color: false, interactive: true, verbose: false, out });
    view.rendering('writing report.pdf …');
    view.stop();
    const text = allOf(out);
    assert.match(text.replaceAll('\u001b[K', '|'), /^\rwriting report\.pdf … \d+ ms\|\r\|$/);
  });

  it('cuts nothing where there is no terminal, and ends with a line end', async () => {
    const run = await readRun(folder);
    const table = renderSummary(run, { lang: 'en', color: false, width: Number.POSITIVE_INFINITY });
    assert.match(
      table,
      /^✓ DROP-003 +Approval lost on its way back is reversed before the next sale +passed/m,
    );
    assert.match(table, /2 passed .*48\.2 s\n$/);
  });

  it('tells a reason that many scenarios share once', async () => {
    const run = await readRun(folder);
    const broken = run.scenarios.find(({ verdict }) => verdict === 'broken');
    assert.ok(broken);
    const twice = { ...run, scenarios: [broken, { ...broken, id: 'OFF-002' }] };
    const table = renderSummary(twice, { lang: 'en', color: false, width: 100 });
    assert.equal(table.match(/The port of the gantry was lost/g)?.length, 1);
    assert.match(table, /OFF-002 .*\n {4}as OFF-001\n/);
  });

  it('colours only when told to', async () => {
    assert.ok((await live({ interactive: false, color: true })).includes('\u001b[3'));
  });

  it('closes with a table as wide as the console, with reason and blame of all that has not passed', async () => {
    const run = await readRun(folder);
    for (const lang of ['en', 'zh'] as const) {
      for (const width of [60, 80, 120]) {
        const table = renderSummary(run, { lang, color: false, width });
        for (const line of table.split('\n').slice(0, -2))
          assert.ok(stringWidth(line) <= width, `${width}: ${line}`);
      }
    }
    const table = renderSummary(run, { lang: 'zh', color: false, width: 100 });
    const rows = table.split('\n').filter((line) => /^[✓✗!?-] [A-Z]+-\d/.test(line));
    assert.equal(rows.length, 7);
    assert.equal(new Set(rows.map((row) => stringWidth(row))).size, 1, 'columns stand under each other');
    assert.match(table, /! OFF-001 .*台架故障 +测试台/);
    assert.match(table, /The port of the gantry was lost/);
    assert.match(table, /✗ 1 文件有误 .*✓ 2 通过/);
  });
});
