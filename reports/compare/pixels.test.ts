import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import type { PrintedSlip } from './evidence.ts';
import { pictureChanges } from './pixels.ts';

describe('receipts compared dot by dot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-pixels-'));
  let count = 0;
  after(() => rmSync(folder, { recursive: true }));

  /** A slip whose lines are bars as long as their texts, with a bar of their sum at the left. */
  function slip(lines: readonly string[], copy = 'merchant', extra?: (png: PNG) => void): PrintedSlip {
    const png = new PNG({ width: 200, height: lines.length * 30 + 10 });
    png.data.fill(255);
    const ink = (x: number, y: number) => {
      for (const channel of [0, 1, 2]) png.data[(y * png.width + x) * 4 + channel] = 0;
    };
    for (const [i, line] of lines.entries()) {
      for (const [column, char] of [...line].entries())
        for (let y = 0; y < 20; y++) if ((char.charCodeAt(0) >> (y % 7)) & 1) ink(column * 6, i * 30 + y);
      for (let y = 0; y < 20 && line !== ''; y++) ink(199, i * 30 + y);
    }
    extra?.(png);
    const picture = join(folder, `${++count}.png`);
    writeFileSync(picture, PNG.sync.write(png));
    return { step: 1, copy, lines, picture };
  }
  const lines = ['POS SLIP', '', 'AMOUNT CNY 128.50', 'TRACE 000041', 'AUTH A1B2C3'];

  it('finds nothing where only numbers differ that are new in every run', () => {
    const other = lines.map((line) => line.replace('000041', '000977').replace('A1B2C3', 'ZZ9911'));
    assert.deepEqual(pictureChanges([slip(lines)], [slip(other)]), []);
    assert.deepEqual(pictureChanges([slip(lines)], [slip(lines)]), []);
  });

  it('names the line and counts the dots of any other difference, and draws it', () => {
    const [amount] = pictureChanges([slip(lines)], [slip(lines.map((line) => line.replace('128', '129')))]);
    assert.deepEqual(amount?.lines, [3]);
    assert.ok((amount?.pixels ?? 0) > 0);
    const [bold] = pictureChanges(
      [slip(lines)],
      [slip(lines, 'merchant', (png) => png.data.fill(0, 0, 200 * 4 * 3))],
    );
    assert.deepEqual(bold?.lines, [1]);
    assert.ok(PNG.sync.read(bold?.picture ?? Buffer.alloc(0)).width === 200);
  });

  it('counts everything when lines and picture cannot be put beside each other', () => {
    const withCode = slip(lines, 'merchant', (png) => png.data.fill(0, png.data.length - 200 * 4 * 4));
    const [found] = pictureChanges([slip(lines)], [withCode]);
    assert.deepEqual(found?.lines, []);
    assert.ok((found?.pixels ?? 0) >= 800);
  });

  it('compares copies of the same kind only, and survives pictures that are none', () => {
    assert.deepEqual(pictureChanges([slip(lines)], [slip(['X'], 'customer')]), []);
    const broken = slip(lines);
    writeFileSync(broken.picture ?? '', 'no picture');
    assert.deepEqual(pictureChanges([slip(['X'])], [broken]), []);
    assert.deepEqual(pictureChanges([slip(['X'])], []), []);
  });
});
