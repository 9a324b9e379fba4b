import pc from 'picocolors';

/**
 * Whether what is written to a stream may be coloured: only when it is a terminal that can show colours. NO_COLOR
 * (any value but the empty one) forbids it and wins; FORCE_COLOR (any value but the empty one and 0) asks for it where
 * no terminal is. A CI server's own variable means nothing here: what it keeps of a command is a file.
 * (no-color.org, force-color.org)
 */
export function coloured(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced) return forced !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** What is coloured for the standard output, and plain where that is no terminal. */
export const colors = pc.createColors(coloured(process.stdout));

/** The same for the standard error. */
export const errorColors = pc.createColors(coloured(process.stderr));
