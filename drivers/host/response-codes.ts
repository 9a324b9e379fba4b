import { z } from 'zod';
import { packaged } from '../../rig/model/package-root.ts';
import { readFileAs } from './read-file.ts';

/** Meanings of response codes (F39) of one acquirer family, and what the operator can do about each. */
export const ResponseCodes = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  codes: z.record(
    z.string().regex(/^[0-9A-Z]{2}$/),
    z.strictObject({
      en: z.string(),
      zh: z.string(),
      class: z
        .enum(['A', 'B', 'C', 'D', 'E'])
        .describe('A approved · B try again · C do not · D operator must act · E system fault'),
    }),
  ),
});
export type ResponseCodes = z.infer<typeof ResponseCodes>;

/** A shipped table by name, e.g. `unionpay`, or one's own by absolute path. Errors as for any file, with its name. */
export function loadResponseCodes(nameOrPath: string): ResponseCodes {
  const path = nameOrPath.endsWith('.yaml')
    ? nameOrPath
    : packaged(`drivers/host/response-codes/${nameOrPath}.yaml`);
  return readFileAs(path, ResponseCodes);
}
