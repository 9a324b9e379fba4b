import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { PACKAGE_ROOT } from '../../model/package-root.ts';
import { sourcesNamed } from '../sources.ts';

const DIST = join(PACKAGE_ROOT, 'dist');
/** What a guest starts besides its tests: the command, the program that runs the tests, threads and processes. */
const STARTED = ['rig/cli/main.ts', 'rig/house/vm/guest.ts'];
/** Packages that load files of their own when they run, or that no guest loads: they stay where they are. */
const APART = ['allure-commandline', 'esbuild', 'playwright', 'tsx', 'usb'];

/** Where a source lies once it is compiled, relative to `dist/`. */
export const compiledName = (source: string): string => source.replace(/\.ts$/, '.js');

/**
 * Packs the compiled house, with the packages that it uses, into few files, and writes them where the guest lays them over
 * `dist/`: the same programs under the same names. An emulated processor takes some milliseconds to find, open and
 * compile a small file, and a run loads seventeen hundred. Throws esbuild's error when something that is imported is not there.
 * @param tests sources of the tests that will run
 * @param out folder that stands for `dist/`
 */
export async function packForGuest(tests: readonly string[], out: string): Promise<void> {
  const sources = new Set([
    ...STARTED,
    ...sourcesNamed('-thread.ts'),
    ...sourcesNamed('-process.ts'),
    ...tests,
  ]);
  await build({
    entryPoints: [...sources].map((source) => join(DIST, compiledName(source))),
    ...{ outbase: DIST, outdir: out, chunkNames: 'chunks/[hash]' },
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', external: APART },
    target: `node${process.versions.node}`,
    // Names stay: errors and stack traces show them.
    ...{ minifyWhitespace: true, minifySyntax: true, legalComments: 'none', logLevel: 'warning' },
    plugins: [KNOWS_ITS_PLACE],
    banner: { js: REQUIRE },
  });
}

/** Packages written for CommonJS ask for modules of Node.js at any time. */
const REQUIRE = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(${JSON.stringify(pathToFileURL(join(DIST, 'x.js')).href)});`;

/** A file that asks where it lies is told where it was, whatever file it is in now: its data and its programs lie there. */
const KNOWS_ITS_PLACE: Plugin = {
  name: 'knows-its-place',
  setup(setup) {
    setup.onLoad({ filter: /\.[cm]?js$/ }, async ({ path }) => ({
      contents: inItsPlace(await readFile(path, 'utf8'), path),
    }));
  },
};

/** A module's text, with the words for its own place replaced by that place. */
export function inItsPlace(text: string, path: string): string {
  const words: Record<string, string> = {
    'import.meta.url': pathToFileURL(path).href,
    'import.meta.dirname': dirname(path),
    'import.meta.filename': path,
    __dirname: dirname(path),
    __filename: path,
  };
  return text
    .replaceAll(/\bimport\.meta\.resolve\('(\.[^']*)'\)/g, (_, relative: string) =>
      JSON.stringify(new URL(relative, pathToFileURL(path)).href),
    )
    .replaceAll(/\bimport\.meta\.(?:url|dirname|filename)\b|\b__(?:dirname|filename)\b/g, (word) =>
      JSON.stringify(words[word]),
    );
}
