import { execFile } from 'node:child_process';
import { access, constants, open, readdir, readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Capability } from '../rig/bench/manifest.ts';

/**
 * The programs that some outputs need: found, never installed here. `posrig doctor` shows what these functions say and
 * `npm run setup` installs what they call missing.
 */
export interface Tool {
  /** Absolute path of the program, or the family name of a font. */
  readonly path: string;
  /** Where it came from and which version it is, for people. */
  readonly found: string;
}

/** Output of a program, or undefined when it is not there, fails, or takes more than ten seconds. */
function ask(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 10_000, maxBuffer: 1 << 20 }, (error, stdout, stderr) =>
      resolve(error ? undefined : `${stdout}${stderr}`),
    );
  });
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder && (await executable(join(folder, name)))) return join(folder, name);
  }
  return undefined;
}

/** Ubuntu ships `chromium` as a launcher that only calls snap; it cannot print into our folders, if it starts at all. */
async function isSnapShim(path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => path);
  if (real.startsWith('/snap/') || real.endsWith('/snap')) return true;
  const file = await open(real, 'r').catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    const head = buffer.toString('latin1', 0, bytesRead);
    return head.startsWith('#!') && /\bsnap\b/.test(head);
  } finally {
    await file.close();
  }
}

/** Chromium that Playwright downloaded, if it did. Playwright is loaded only when a download folder exists: that is slow. */
async function playwrightBuild(): Promise<Tool | undefined> {
  const configured = process.env['PLAYWRIGHT_BROWSERS_PATH'];
  const store = configured ?? join(homedir(), '.cache', 'ms-playwright');
  if (
    configured !== '0' &&
    !(await readdir(store).catch(() => [])).some((name) => name.startsWith('chromium'))
  )
    return undefined;
  const { chromium } = await import('playwright');
  const path = chromium.executablePath();
  return (await executable(path)) ? { path, found: `Playwright's own build, ${path}` } : undefined;
}

/**
 * Chromium for the PDF: Playwright's own build, else one of the machine. The real binary is preferred to Debian's
 * launcher script, which writes shell warnings to stderr.
 */
export async function findChromium(): Promise<Tool | undefined> {
  const own = await playwrightBuild();
  if (own) return own;
  const fixed = [
    '/usr/lib/chromium/chromium',
    '/usr/lib/chromium-browser/chromium-browser',
    '/opt/google/chrome/chrome',
  ];
  const named = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(onPath);
  for (const path of [...fixed, ...(await Promise.all(named))]) {
    if (path && (await executable(path)) && !(await isSnapShim(path))) return { path, found: path };
  }
  return undefined;
}

/** Poppler's tools, with which tests read printed PDFs; no report needs them. */
export async function findPoppler(): Promise<Tool | undefined> {
  const path = await onPath('pdftotext');
  return path === undefined ? undefined : { path, found: path };
}

/** Java 11 or newer for `allure-commandline`. The JDK's `release` file is read first: starting a JVM takes half a second. */
export async function findJava(): Promise<Tool | undefined> {
  const home = process.env['JAVA_HOME'];
  const path =
    home && (await executable(join(home, 'bin', 'java'))) ? join(home, 'bin', 'java') : await onPath('java');
  if (!path) return undefined;
  const real = await realpath(path).catch(() => path);
  const release = await readFile(join(dirname(dirname(real)), 'release'), 'utf8').catch(() => undefined);
  const text = release ?? (await ask(path, ['-version'])) ?? '';
  const version = /(?:JAVA_VERSION=|version )"(\d+)([^"]*)"/.exec(text);
  const major = Number(version?.[1] ?? 0);
  return major >= 11 ? { path, found: `Java ${version?.[1]}${version?.[2]}, ${path}` } : undefined;
}

const FONT_FOLDERS = ['/usr/share/fonts', '/usr/local/share/fonts', join(homedir(), '.local/share/fonts')];

/** Asks fontconfig for a family; without fontconfig, looks for the usual file names. */
async function findFont(query: string, preferred: RegExp, files: RegExp): Promise<Tool | undefined> {
  const listed = await ask('fc-list', [query, 'family']);
  if (listed !== undefined) {
    const families = listed.split('\n').map((line) => line.split(',')[0]?.trim() ?? '');
    const family = families.find((name) => preferred.test(name));
    return family ? { path: family, found: family } : undefined;
  }
  for (const folder of FONT_FOLDERS) {
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    const file = names.find((name) => /\.(ttf|ttc|otf)$/i.test(name) && files.test(name));
    if (file) return { path: join(folder, file), found: join(folder, file) };
  }
  return undefined;
}

/** A font with Chinese glyphs; WenQuanYi Zen Hei when there is a choice, because it prints as small TrueType subsets. */
export const findCjkFont = async (): Promise<Tool | undefined> =>
  (await findFont(':lang=zh', /wenquanyi zen hei$/i, /wqy-?zenhei/i)) ??
  findFont(':lang=zh', /./, /wqy|noto.*(cjk|sans-?sc)|source-?han|droidsansfallback|uming|ukai|simsun|msyh/i);

/** A Latin text font with a bold face, which the Chinese one lacks. */
export const findLatinFont = (): Promise<Tool | undefined> =>
  findFont(':lang=en:bold', /^(liberation sans|arial|helvetica neue)$/i, /liberationsans-bold|arialbd/i);

async function isUbuntu(): Promise<boolean> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*ubuntu/m.test(text);
}

/** `apt-get` lines are written for root; others get `sudo` in front. */
const apt = (name: string) => `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y ${name}`;

/** Ubuntu has no package of a Chromium that can print here: Playwright downloads its own, and asks apt for its libraries. */
const PLAYWRIGHT_CHROMIUM = ['npx', 'playwright', 'install', '--with-deps', 'chromium'] as const;

function capability(
  tool: Tool | undefined,
  about: Pick<Capability, 'id' | 'title' | 'purpose'>,
  mend: Pick<Capability, 'remedy' | 'package' | 'installer'>,
  absent = 'not found',
): Capability {
  return tool
    ? { ...about, state: 'ok', found: tool.found }
    : { ...about, state: 'missing', found: absent, ...mend };
}

/** What only tests need: they read printed PDFs. */
export async function testCapabilities(): Promise<readonly Capability[]> {
  return [
    capability(
      await findPoppler(),
      { id: 'poppler', title: 'Poppler', purpose: 'the tests read printed PDFs with it; no report needs it' },
      { remedy: apt('poppler-utils'), package: 'poppler-utils' },
    ),
  ];
}

/** What this machine has for PDF, its fonts and the Allure report. All are looked for at once. */
export async function reportCapabilities(): Promise<readonly Capability[]> {
  const [chromium, font, latin, java, ubuntu] = await Promise.all([
    findChromium(),
    findCjkFont(),
    findLatinFont(),
    findJava(),
    isUbuntu(),
  ]);
  return [
    capability(
      chromium,
      { id: 'chromium', title: 'Chromium', purpose: 'prints the certificate as report.pdf' },
      ubuntu
        ? { remedy: PLAYWRIGHT_CHROMIUM.join(' '), installer: PLAYWRIGHT_CHROMIUM }
        : { remedy: apt('chromium'), package: 'chromium' },
      ubuntu
        ? "not found (Ubuntu's own package is only a launcher for snap, which cannot print here)"
        : 'not found',
    ),
    capability(
      font,
      { id: 'cjk-font', title: 'Chinese font', purpose: 'Chinese text in report.pdf and in pictures' },
      { remedy: apt('fonts-wqy-zenhei'), package: 'fonts-wqy-zenhei' },
    ),
    capability(
      latin,
      { id: 'latin-font', title: 'Latin font', purpose: 'bold headings in report.pdf' },
      { remedy: apt('fonts-liberation'), package: 'fonts-liberation' },
    ),
    capability(
      java,
      { id: 'java', title: 'Java 11 or newer', purpose: 'generates allure-report/ from allure-results/' },
      {
        remedy: apt(ubuntu ? 'default-jre-headless' : 'openjdk-17-jre-headless'),
        package: 'openjdk-17-jre-headless | default-jre-headless',
      },
    ),
  ];
}
