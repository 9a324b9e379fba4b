import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { COLUMNS, cellsOf } from './display.ts';

const Code = z.string().regex(/^[0-9A-Z]{2}$/);
const ResponseTexts = z.strictObject({
  version: z.literal(1),
  approved: z.array(Code).min(1),
  'sign-on-again': z.array(Code),
  'without-mac': z.array(Code),
  'reversal-settled': z.array(Code).min(1),
  texts: z.record(
    Code,
    z.string().refine((text) => cellsOf(text) <= COLUMNS, { message: `expected at most ${COLUMNS} cells` }),
  ),
});
export type ResponseTexts = z.infer<typeof ResponseTexts>;

const PATH = packaged('drivers/virtual/terminal/response-texts.yaml');

/** The terminal's table of response codes. Throws FILE_INVALID when the file is damaged. */
export function loadResponseTexts(path: string = PATH): ResponseTexts {
  const read = ResponseTexts.safeParse(parse(readFileSync(path, 'utf8')));
  if (read.success) return read.data;
  throw new RigError(
    'FILE_INVALID',
    'file',
    `${path} is not a response text table: ${z.prettifyError(read.error)}`,
  );
}
