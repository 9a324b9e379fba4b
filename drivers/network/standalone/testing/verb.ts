import { Command } from 'commander';
import { isRigError } from '../../../../rig/model/errors.ts';
import { declareRelay } from '../declare.ts';

/** `posrig relay` alone, as a program for tests. Errors as `code: message`, exit code 3 when the command line is wrong. */
const program = new Command('posrig');
declareRelay(program);
program.parseAsync().catch((thrown: unknown) => {
  if (!isRigError(thrown)) throw thrown;
  process.stderr.write(`${thrown.code}: ${thrown.message}\n`);
  process.exitCode = thrown.blame === 'file' ? 3 : 2;
});
