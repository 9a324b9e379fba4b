import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { RigError } from '../../rig/model/errors.ts';

/** Scenarios that run and are shown, and for a while do not gate. Every one has an owner and a day on which that ends. */
const QuarantineFile = z.strictObject({
  version: z.literal(1),
  quarantine: z.array(
    z.strictObject({
      scenario: z.string().min(1),
      reason: z.string().min(1),
      owner: z.string().min(1),
      until: z.iso.date(),
    }),
  ),
});

export type Quarantined = z.infer<typeof QuarantineFile>['quarantine'][number];

/** Largest file that is read, bytes. */
const LARGEST = 512 * 1024;

/** Reads a quarantine file. Throws FILE_UNREADABLE and FILE_INVALID. */
export async function readQuarantine(file: string): Promise<readonly Quarantined[]> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new RigError('FILE_UNREADABLE', 'file', `cannot read ${file}: ${cause.message}`, { cause });
  });
  try {
    if (text.length > LARGEST) throw new Error(`it has more than ${LARGEST} bytes`);
    return QuarantineFile.parse(parse(text, { maxAliasCount: 0 })).quarantine;
  } catch (cause) {
    const why =
      cause instanceof z.ZodError ? z.prettifyError(cause).split('\n').join(' ') : (cause as Error).message;
    throw new RigError('FILE_INVALID', 'file', `${file} is no quarantine file: ${why}`, {
      cause,
      at: file,
      hint: 'quarantine: a list of { scenario, reason, owner, until: 2026-12-31 }.',
    });
  }
}

/** The entry that keeps a scenario from gating on that day (ISO 8601), or on any; one whose day is over gates again. */
export const quarantineOf = (
  entries: readonly Quarantined[],
  id: string,
  day = '',
): Quarantined | undefined =>
  entries.find(({ scenario, until }) => until >= day && (scenario === id || id.startsWith(`${scenario}[`)));
