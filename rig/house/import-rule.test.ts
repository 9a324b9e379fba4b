import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../model/package-root.ts';
import { checkImports, violationsIn } from './import-rule.ts';

function sources(folder: string): string[] {
  return readdirSync(join(PACKAGE_ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (path === 'reports/runs') return [];
    return entry.isDirectory() ? sources(path) : path.endsWith('.ts') ? [path] : [];
  });
}

describe('import rule', () => {
  it('holds everywhere', () => {
    const files = ['rig', 'drivers', 'reports'].flatMap(sources);
    assert.ok(files.length > 20, `only ${files.length} sources found`);
    assert.deepEqual(checkImports(PACKAGE_ROOT, files), []);
  });

  const planted: readonly (readonly [string, string])[] = [
    ['rig/run/step.ts', "import { relay } from '../../drivers/network/relay/index.ts';"],
    ['rig/run/step.ts', "const x = await import('../../reports/index.ts');"],
    ['rig/model/money.ts', "import type { Bench } from '../bench/bench.ts';"],
    ['drivers/virtual/verb.ts', "import { runScenario } from '../../rig/run/scenario.ts';"],
    ['drivers/virtual/verb.ts', "import {\n  simulator,\n} from '../host/simulator/index.ts';"],
    ['drivers/codec/escpos/decode.ts', "export { openSerial } from '../../transport/serial.ts';"],
    ['drivers/keypad/gantry.ts', "import { x } from '../../rig/run/x.ts';"],
    ['reports/html.ts', "import '../drivers/index.ts';"],
  ];
  for (const [file, source] of planted) {
    it(`turns red for ${file}: ${source.replace(/\s+/g, ' ')}`, () => {
      assert.equal(violationsIn(file, source).length, 1);
    });
  }

  it('names file, line and reason', () => {
    const [violation] = violationsIn('reports/html.ts', "\n\nimport { a } from '../drivers/index.ts';\n");
    assert.deepEqual(violation, {
      file: 'reports/html.ts',
      line: 3,
      imports: 'drivers/index.ts',
      why: 'reports render the journal and know no driver',
    });
  });

  it('lets packages, own folders and the model through', () => {
    const source = "import z from 'zod';\nimport a from './a.ts';\nimport b from '../rig/model/money.ts';";
    assert.deepEqual(violationsIn('reports/html.ts', source), []);
  });
});
