import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from '../files.ts';
import { type Damage, verifyEvidence } from '../index.ts';

/** One way in which somebody, or a failing disk, may change a file of a bag. */
export interface Tampering {
  readonly path: string;
  readonly how: 'flip' | 'cut' | 'swap' | 'insert';
  /** First byte that is not as it was. */
  readonly at: number;
  readonly bytes: Buffer;
}

/** A number from 0 below `limit`; the same ones for the same seed (mulberry32). */
export function randomOf(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** A random change of a random file: every file is as likely as any other, and the journal as likely as all of them. */
export async function tampering(bag: string, random: (limit: number) => number): Promise<Tampering> {
  const files = (await filesBelow(bag)).filter((path) => readFileSync(join(bag, path)).length > 0);
  for (;;) {
    const path = random(2) === 0 ? 'data/journal.jsonl' : (files[random(files.length)] ?? '');
    const whole = readFileSync(join(bag, path));
    const at = random(whole.length);
    const how = (['flip', 'cut', 'swap', 'insert'] as const)[random(4)] ?? 'flip';
    const bytes = changed(whole, how, at, random);
    if (!bytes.equals(whole)) return { path, how, at: firstDifference(whole, bytes), bytes };
  }
}

function changed(
  whole: Buffer,
  how: Tampering['how'],
  at: number,
  random: (limit: number) => number,
): Buffer {
  if (how === 'cut') return whole.subarray(0, at);
  if (how === 'insert')
    return Buffer.concat([whole.subarray(0, at), Buffer.from([random(256)]), whole.subarray(at)]);
  const bytes = Buffer.from(whole);
  if (how === 'flip') bytes[at] = (whole[at] ?? 0) ^ (1 + random(255));
  else {
    const other = (at + 1 + random(200)) % whole.length;
    [bytes[at], bytes[other]] = [whole[other] ?? 0, whole[at] ?? 0];
  }
  return bytes;
}

function firstDifference(a: Buffer, b: Buffer): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return shorter;
}

/**
 * Verifies a copy of the bag in which one file was changed, and puts the file back. Returns the damage that names the place:
 * the file, of the journal the very record. Throws when there is none, and when another file is blamed beside it.
 */
export async function detected(bag: string, copy: string, change: Tampering): Promise<Damage> {
  const whole = readFileSync(join(bag, change.path));
  writeFileSync(join(copy, change.path), change.bytes);
  const { damage } = await verifyEvidence(copy);
  writeFileSync(join(copy, change.path), whole);
  const line = 1 + newlines(whole.subarray(0, change.at));
  const named = damage.find(({ place }) => isPlace(place, change, line));
  const files = new Set(damage.map(({ place }) => place.replace(/:\d+$/, '')));
  if (named && files.size === 1) return named;
  throw new Error(
    `${change.how} at byte ${change.at} (line ${line}) of ${change.path}: ${damage.length === 0 ? 'not noticed' : JSON.stringify(damage.slice(0, 4))}`,
  );
}

function isPlace(place: string, { path, how }: Tampering, line: number): boolean {
  if (path.endsWith('journal.jsonl')) {
    const told = Number(/^data\/journal\.jsonl:(\d+)$/.exec(place)?.[1] ?? Number.NaN);
    // What ends too early ends with the record before the one that was cut.
    return told === line || (how === 'cut' && told === line - 1) || (line === 1 && place === path);
  }
  return place === path || place.startsWith(`${path}:`);
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}
