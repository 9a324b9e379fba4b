import { Command } from 'commander';
import { isRigError } from '../../../rig/model/errors.ts';
import { virtual as manifest } from '../manifest.ts';
import { type VirtualOptions, virtual } from '../verb.ts';
import { makeRecordingBody } from './recording-body.ts';

/**
 * An entry file for tests: the verb `virtual` as it is, around a terminal whose display shows what touched it. What is
 * tested with it is everything but the firmware, in a process of its own.
 */
const program = new Command();
manifest.declare?.(program);
program.commands[0]?.action(async (options: VirtualOptions) => {
  process.exitCode = await virtual(options, async () => makeRecordingBody(true));
});
try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(
    isRigError(error) ? `${error.code} ${error.at ?? ''} ${error.message}\n` : `${String(error)}\n`,
  );
  process.exitCode = 3;
}
