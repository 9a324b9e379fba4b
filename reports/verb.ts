import { join } from 'node:path';
import { isRigError } from '../rig/model/errors.ts';
import { EXIT } from '../rig/model/verdict.ts';
import { renderAll } from './render.ts';

/**
 * `posrig report <run>`: renders again and says what was written. The exit code is 0 also when an output could not be made
 * for want of a program: the notes on stderr say so. It is 2 when the disk did not take one; damaged evidence is 4.
 */
export async function reportVerb(
  run: string,
  options: {
    readonly format?: string;
    readonly out?: string;
    readonly lang: 'en' | 'zh';
    readonly json?: boolean;
  },
): Promise<void> {
  const formats = options.format
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  try {
    const result = await renderAll(run, {
      lang: options.lang,
      ...(formats ? { formats } : {}),
      ...(options.out === undefined ? {} : { out: options.out }),
    });
    if (result.diskFailed) process.exitCode = EXIT.broken;
    if (options.json) {
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      return;
    }
    for (const { path, title } of result.written)
      process.stdout.write(`${title}: ${join(options.out ?? run, path)}\n`);
    for (const note of result.notes) process.stderr.write(`${note}\n`);
  } catch (thrown) {
    if (isRigError(thrown) && thrown.code === 'JOURNAL_DAMAGED') {
      process.stderr.write(`${thrown.message}\n${thrown.hint ?? ''}\n`);
      process.exitCode = EXIT.damaged;
      return;
    }
    throw thrown;
  }
}
