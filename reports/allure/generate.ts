import { spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RigError } from '../../rig/model/errors.ts';

const DEADLINE = 180_000;

/**
 * Turns results into the Allure report with `allure-commandline` and the given Java. Analytics are switched off: only the
 * value `true` does that, and a tag left in the pages is an error here, because a report of a lab calls nobody. Throws REPORT_TOOL.
 */
export async function generateAllure(results: string, report: string, java: string): Promise<void> {
  const bin = join(
    dirname(createRequire(import.meta.url).resolve('allure-commandline')),
    'dist',
    'bin',
    'allure',
  );
  const env = {
    ...process.env,
    ALLURE_NO_ANALYTICS: 'true',
    // Without a UTF-8 locale (a bare container) Java cannot open a path with Chinese characters.
    LC_ALL: 'C.UTF-8',
    JAVA_HOME: '',
    PATH: `${dirname(java)}:${process.env['PATH'] ?? ''}`,
    // A hostile or huge result must not take the machine's memory; 3 000 cases need less than half of it.
    JAVA_OPTS: '-Xmx768m -Djava.net.useSystemProxies=false',
  };
  const said = await new Promise<{ code: number | null; text: string }>((resolve) => {
    const child = spawn('sh', [bin, 'generate', '--clean', '-o', report, results], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DEADLINE,
    });
    let text = '';
    const keep = (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-2000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: null, text: error.message }));
    child.on('close', (code) => resolve({ code, text }));
  });
  if (said.code !== 0) {
    throw new RigError(
      'REPORT_TOOL',
      'rig',
      `allure-commandline failed (${said.code ?? 'no exit code'}): ${said.text.trim().split('\n').at(-1) ?? ''}`,
      {
        hint: 'Try posrig report <run> --format allure; java -version must say 11 or newer.',
      },
    );
  }
  const traced = await tracesIn(report);
  if (traced !== undefined) {
    await rm(report, { recursive: true, force: true });
    throw new RigError(
      'REPORT_TOOL',
      'rig',
      `The Allure report has an analytics tag in ${traced}; it was removed.`,
      {
        hint: 'allure-commandline has changed; pin the version in package-lock.json.',
      },
    );
  }
}

/** Name of the first page with an analytics tag. */
async function tracesIn(report: string): Promise<string | undefined> {
  for (const name of await readdir(report)) {
    if (!name.endsWith('.html')) continue;
    if (/googletagmanager|google-analytics/.test(await readFile(join(report, name), 'utf8'))) return name;
  }
  return undefined;
}
