import { errorColors } from '../model/colors.ts';
import { isRigError, type RigError } from '../model/errors.ts';
import { EXIT } from '../model/verdict.ts';

export { colors } from '../model/colors.ts';

/** Writes an error the way every verb does: what, where, what to do next. */
export function printError(thrown: unknown): void {
  const lines: string[] = [];
  if (isRigError(thrown)) {
    // Errors of several mistakes in a file name the place in every line of their message already.
    const where = thrown.at && !thrown.message.startsWith(thrown.at) ? `${thrown.at}: ` : '';
    lines.push(
      `${errorColors.red('error')} ${where}${thrown.message} ${errorColors.dim(`[${thrown.code}]`)}`,
    );
    if (thrown.hint) lines.push(`      ${thrown.hint}`);
  } else if (thrown instanceof Error) {
    lines.push(`${errorColors.red('error')} ${thrown.message}`, errorColors.dim(thrown.stack ?? ''));
  } else {
    lines.push(`${errorColors.red('error')} ${String(thrown)}`);
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** The error that ended a verb instead of its result: one JSON object with `exitCode` and `error`. */
export function errorAsJson(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const { code, blame, at, hint } = isRigError(thrown) ? thrown : ({} as Partial<RigError>);
  return `${JSON.stringify({ exitCode: exitCodeForError(thrown), error: { code, blame, message, at, hint } }, null, 2)}\n`;
}

/** The exit code for an error that ended a verb: a wrong file or command line is 3, anything else 2. */
export function exitCodeForError(thrown: unknown): number {
  if (!isRigError(thrown)) return EXIT.broken;
  const error: RigError = thrown;
  if (error.code === 'JOURNAL_DAMAGED') return EXIT.damaged;
  return error.blame === 'file' ? EXIT.invalid : EXIT.broken;
}
