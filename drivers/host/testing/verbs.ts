import { Command } from 'commander';
import { isRigError } from '../../../rig/model/errors.ts';
import { declareDecode } from '../decode-verb.ts';
import { host } from '../manifest.ts';

/** The verbs of this folder alone, as a program for tests. Errors as `code: message`, exit code 3 when a file is wrong. */
const program = new Command('posrig');
declareDecode(program.command('decode'));
host.declare?.(program);
program.parseAsync().catch((thrown: unknown) => {
  if (!isRigError(thrown)) throw thrown;
  process.stderr.write(`${thrown.code}: ${thrown.message}\n`);
  process.exitCode = thrown.blame === 'file' ? 3 : 2;
});
