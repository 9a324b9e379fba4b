import type { z } from 'zod';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { fitSchema } from '../../rig/bench/load-schema.ts';
import { readYaml } from '../../rig/bench/load-yaml.ts';

/**
 * Reads a YAML file by its schema. Throws FILE_UNREADABLE, or FILE_SYNTAX / FILE_INVALID with file, line, column and
 * what was expected, for every mistake in the file at once.
 */
export function readFileAs<T>(path: string, schema: z.ZodType<T>): T {
  const { source, issues } = readYaml(path);
  if (!source || issues.length > 0) return valueOrThrow<T>({ issues });
  return valueOrThrow(fitSchema(schema, source));
}
