import { execFile, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Capability } from '../../../rig/bench/manifest.ts';
import { RigError } from '../../../rig/model/errors.ts';

/** Languages that receipts are read in: simplified Chinese and English together. */
const LANGUAGES = ['chi_sim', 'eng'] as const;

export interface Tesseract {
  readonly path: string;
  readonly version: string;
  /** Those of `LANGUAGES` whose data is installed. */
  readonly languages: readonly string[];
}

let found: Promise<Tesseract | undefined> | undefined;

/** The tesseract of this machine with at least English; looked for once a process. It is optional and never installed here. */
export function findTesseract(): Promise<Tesseract | undefined> {
  found ??= look();
  return found;
}

async function look(): Promise<Tesseract | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'tesseract');
    const there = folder !== '' && (await access(path, constants.X_OK).then(yes, no));
    if (!there) continue;
    const [version, list] = await Promise.all([ask(path, '--version'), ask(path, '--list-langs')]);
    const languages = LANGUAGES.filter((name) => list.split(/\s+/).includes(name));
    if (languages.length === 0) return undefined;
    return { path, version: /tesseract v?([\d.]+)/.exec(version)?.[1] ?? 'of unknown version', languages };
  }
  return undefined;
}

const yes = () => true;
const no = () => false;

const ask = (program: string, argument: string) =>
  new Promise<string>((resolve) => {
    execFile(program, [argument], { timeout: 10_000, maxBuffer: 1 << 20 }, (error, stdout, stderr) =>
      resolve(error ? '' : `${stdout}${stderr}`),
    );
  });

/** What `posrig doctor` says of reading pictures, and what `npm run setup` installs for it. */
export async function examineOcr(): Promise<readonly Capability[]> {
  found = look();
  const tool = await found;
  const apt = `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y`;
  const about = {
    id: 'ocr',
    title: 'Tesseract',
    purpose: 'reads receipts that are printed or given as pictures',
  };
  const chinese = {
    id: 'ocr-chinese',
    title: 'Tesseract: simplified Chinese',
    purpose: 'Chinese text in pictures of receipts',
  };
  return [
    tool
      ? { ...about, state: 'ok', found: `${tool.version}, ${tool.path}` }
      : {
          ...about,
          state: 'missing',
          found: 'not found',
          remedy: `${apt} tesseract-ocr`,
          package: 'tesseract-ocr',
        },
    tool?.languages.includes('chi_sim')
      ? { ...chinese, state: 'ok', found: 'chi_sim' }
      : {
          ...chinese,
          state: 'missing',
          found: 'not found',
          remedy: `${apt} tesseract-ocr-chi-sim`,
          package: 'tesseract-ocr-chi-sim',
        },
  ];
}

/** Longest time that one picture may take, wall ms. */
const TIME_MAX = 60_000;
/** Address space of the reader, kB: the models take a few hundred MB. */
const MEMORY_MAX_KB = 2_000_000;
/** Characters of an answer that are kept; a page of text takes a hundredth. */
const ANSWER_MAX = 8 << 20;

/** What of a picture is black: below one brightness for all of it, or below that of its surroundings (Otsu, Sauvola). */
export type Threshold = 'one' | 'local';
const THRESHOLDS: Readonly<Record<Threshold, number>> = { one: 0, local: 2 };

/**
 * Reads one picture (PNG, JPEG, TIFF …), given on standard input, in a process of its own that is bounded in time and
 * memory. One thread: several would fight for the cores of a bench.
 * @param dpi resolution of the picture
 * @returns tesseract's table of words (TSV)
 * @throws OCR_FAILED (rig) when the reader fails, is killed or takes too long; with the reason it gave
 */
export function readWithTesseract(
  tool: Tesseract,
  picture: Uint8Array,
  dpi: number,
  threshold: Threshold = 'one',
): Promise<string> {
  const script = `ulimit -v ${MEMORY_MAX_KB} 2>/dev/null; exec "$0" "$@"`;
  const reading = ['stdin', 'stdout', '-l', tool.languages.join('+'), '--psm', '6', '--dpi', String(dpi)];
  const settings = [
    '-c',
    'preserve_interword_spaces=1',
    '-c',
    `thresholding_method=${THRESHOLDS[threshold]}`,
  ];
  const child = spawn('sh', ['-c', script, tool.path, ...reading, ...settings, 'tsv'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, OMP_THREAD_LIMIT: '1', LC_ALL: 'C.UTF-8' },
    timeout: TIME_MAX,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let [size, said] = [0, ''];
    const fail = (reason: string) =>
      reject(
        new RigError('OCR_FAILED', 'rig', `the picture could not be read: ${reason}`, {
          hint: 'Look at the picture; `posrig doctor` shows the reader that was found.',
        }),
      );
    child.stdout.on('data', (part: Buffer) => {
      size += part.length;
      if (size > ANSWER_MAX) child.kill('SIGKILL');
      else parts.push(part);
    });
    child.stderr.on('data', (part: Buffer) => {
      said = (said + part.toString('utf8')).slice(-500);
    });
    // A reader that ends early closes its input; its exit code tells why.
    child.stdin.on('error', () => {});
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(parts).toString('utf8'));
      else if (size > ANSWER_MAX) fail('its answer has no end');
      else if (signal) fail(`the reader was stopped after ${TIME_MAX / 1000} s or by lack of memory`);
      else fail(said.trim().split('\n').at(-1) || `the reader ended with exit code ${code}`);
    });
    child.stdin.end(picture);
  });
}
