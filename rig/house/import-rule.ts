import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/**
 * Who may import whom. The first rule whose `from` is a prefix of the importing file decides; `may` lists the prefixes
 * that it may reach (besides its own folder). Packages and Node's own modules are not restricted here.
 */
export const IMPORT_RULES: readonly {
  readonly from: string;
  readonly may: readonly string[];
  readonly why: string;
}[] = [
  { from: 'rig/model/', may: [], why: 'the model is pure: types, schemas, functions' },
  {
    from: 'rig/cli/main.ts',
    may: ['rig/', 'drivers/index.ts', 'reports/index.ts'],
    why: 'the entry file hands the manifests to the rig',
  },
  {
    from: 'rig/house/',
    may: ['rig/', 'drivers/', 'reports/'],
    why: 'the house checks and prepares everything',
  },
  { from: 'rig/', may: ['rig/'], why: 'the rig never imports a driver or a report by path' },
  { from: 'drivers/codec/', may: ['rig/model/', 'drivers/codec/'], why: 'codecs are pure' },
  {
    from: 'drivers/virtual/',
    may: [
      'drivers/virtual/',
      'rig/model/',
      'rig/bench/manifest.ts',
      'rig/bench/planes.ts',
      'rig/bench/bench.ts',
      'rig/bench/profile.ts',
      'drivers/codec/',
      'drivers/transport/',
      'drivers/host/dialect.ts',
      'drivers/host/response-codes.ts',
      'drivers/till/protocol-file.ts',
    ],
    why: 'the virtual bench is the other end of the wire and shares only codecs and transports with the rig',
  },
  {
    from: 'drivers/',
    may: ['rig/model/', 'rig/bench/', 'rig/journal/', 'drivers/'],
    why: 'a driver knows the model, the planes and the journal',
  },
  {
    from: 'reports/',
    may: ['rig/model/', 'rig/journal/', 'rig/bench/manifest.ts', 'reports/'],
    why: 'reports render the journal and know no driver',
  },
];

/** Tests may reach further: they put both ends of a wire together. They may still never make the rig know a report or driver. */
const TEST_EXTRA: readonly { readonly from: string; readonly may: readonly string[] }[] = [
  { from: 'rig/', may: ['rig/', 'drivers/', 'reports/'] },
  { from: 'drivers/', may: ['rig/', 'drivers/'] },
  { from: 'reports/', may: ['rig/', 'reports/'] },
];

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly imports: string;
  readonly why: string;
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** Checks the relative imports of one source text. `file` is relative to the package root, with `/`. */
export function violationsIn(file: string, source: string): readonly Violation[] {
  const isTest = /\.(test|perf|fuzz|vm)\.ts$/.test(file) || file.includes('/testing/');
  const rule = IMPORT_RULES.find((candidate) => file.startsWith(candidate.from));
  const allowed = isTest ? TEST_EXTRA.find((candidate) => file.startsWith(candidate.from))?.may : rule?.may;
  if (!allowed) return [];
  const own = `${dirname(file)}/`;
  const found: Violation[] = [];
  for (const match of source.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? '';
    if (!specifier.startsWith('.')) continue;
    const target = relative(resolve('/'), resolve('/', dirname(file), specifier))
      .split(sep)
      .join('/');
    if (target.startsWith(own) || allowed.some((prefix) => target.startsWith(prefix))) continue;
    found.push({
      file,
      line: source.slice(0, match.index + match[0].indexOf(specifier)).split('\n').length,
      imports: target,
      why: rule?.why ?? 'outside of what tests may reach',
    });
  }
  return found;
}

/** Checks files of the package; paths relative to `root`. */
export function checkImports(root: string, files: readonly string[]): readonly Violation[] {
  return files.flatMap((file) =>
    violationsIn(file.split(sep).join('/'), readFileSync(join(root, file), 'utf8')),
  );
}
