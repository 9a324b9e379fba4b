import { z } from 'zod';

/** At most so much may be on a screen; more is not a terminal's display but a fault of the reader. */
const Lines = z.array(z.string().max(256)).max(64);

/** What a `screen` line says. Trailing blanks of the lines are removed. */
export interface SeenScreen {
  readonly seq: number;
  readonly lit: boolean;
  readonly lines: readonly string[];
}

/** Reads `screen <seq> lit|dark <JSON array of strings>`; undefined if it is anything else. Never throws. */
export function parseScreen(line: string): SeenScreen | undefined {
  const match = /^screen (\d{1,12}) (lit|dark) (\[.*\])$/s.exec(line);
  if (!match) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(match[3] ?? '');
  } catch {
    return undefined;
  }
  const lines = Lines.safeParse(value);
  if (!lines.success) return undefined;
  return { seq: Number(match[1]), lit: match[2] === 'lit', lines: lines.data.map((text) => text.trimEnd()) };
}
