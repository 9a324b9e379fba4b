import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RigError } from '../../model/errors.ts';
import { filesBelow, sha256Of } from './files.ts';
import { fingerprintOf } from './keys.ts';
import { type Entry, formatManifest } from './manifest.ts';
import { factsOf, type RunFacts, statementOf, toHex } from './statement.ts';

/** Names of a bag's own files (RFC 8493), and of the statement that posrig adds as tag files. */
export const BAG = {
  declaration: 'bagit.txt',
  info: 'bag-info.txt',
  payload: 'manifest-sha256.txt',
  tags: 'tagmanifest-sha256.txt',
  statement: 'statement.json',
  signature: 'statement.sig',
  signer: 'signer.pub',
} as const;

export const DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

export interface Sealed {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  readonly facts: RunFacts;
  /** Of the key that signed. */
  readonly fingerprint?: string;
}

export interface SealOptions {
  /** The bag's folder; it must not exist. */
  readonly out: string;
  readonly key?: KeyObject;
  /** For bag-info: the day of sealing. */
  readonly now?: Date;
}

/**
 * Seals a run: a BagIt bag (RFC 8493) with every file of the run's folder as its payload, an in-toto statement over all of
 * them and over the head of the journal's hash chain, and an Ed25519 signature over that statement when a key is given.
 * The run itself is left as it is, and the bag appears whole or not at all. A run that was killed can be sealed too; its bag
 * says so. Throws JOURNAL_DAMAGED for evidence that is damaged already, FILE_INVALID when `out` exists.
 */
export async function sealRun(run: string, { out, key, now = new Date() }: SealOptions): Promise<Sealed> {
  if (existsSync(out)) {
    throw new RigError('FILE_INVALID', 'file', `${out} exists`, {
      hint: 'A seal is never overwritten: name another folder with --out.',
      at: out,
    });
  }
  const facts = await factsOf(run);
  const part = `${out}.part`;
  await rm(part, { recursive: true, force: true });
  try {
    const payload = await copyPayload(run, join(part, 'data'));
    const bytes = await writeTags(part, { run, facts, payload, key, now });
    await rename(part, out);
    return {
      path: out,
      files: payload.length,
      bytes,
      facts,
      ...(key ? { fingerprint: fingerprintOf(key) } : {}),
    };
  } catch (thrown) {
    await rm(part, { recursive: true, force: true });
    throw thrown;
  }
}

interface Payload extends Entry {
  readonly bytes: number;
}

/** Copies (sharing blocks where the file system can) and hashes what was copied, so that the manifest tells of the bag. */
async function copyPayload(run: string, data: string): Promise<readonly Payload[]> {
  const payload: Payload[] = [];
  for (const path of await filesBelow(run)) {
    const from = join(run, path);
    const { size, isFile } = await lstat(from).then((stats) => ({
      size: stats.size,
      isFile: stats.isFile(),
    }));
    if (!isFile) {
      throw new RigError('FILE_INVALID', 'file', `${from} is not a plain file; evidence holds nothing else`, {
        at: from,
        hint: 'Take it out of the run’s folder.',
      });
    }
    const to = join(data, path);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    payload.push({ path: `data/${path}`, sha256: await sha256Of(to), bytes: size });
  }
  return payload;
}

async function writeTags(
  bag: string,
  sealing: {
    readonly run: string;
    readonly facts: RunFacts;
    readonly payload: readonly Payload[];
    readonly key: KeyObject | undefined;
    readonly now: Date;
  },
): Promise<number> {
  const { facts, payload, key, now } = sealing;
  const bytes = payload.reduce((sum, file) => sum + file.bytes, 0);
  const statement = `${JSON.stringify(statementOf(facts, payload), null, 2)}\n`;
  const tags: Record<string, string> = {
    [BAG.declaration]: DECLARATION,
    [BAG.info]: infoOf(facts, `${bytes}.${payload.length}`, now),
    [BAG.payload]: formatManifest(payload),
    [BAG.statement]: statement,
  };
  if (key) {
    tags[BAG.signature] = `${sign(null, Buffer.from(statement), key).toString('base64')}\n`;
    tags[BAG.signer] = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  }
  for (const [name, content] of Object.entries(tags))
    await writeFile(join(bag, name), content, { flag: 'wx' });
  const entries = Object.entries(tags).map(([path, content]) => ({
    path,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  await writeFile(join(bag, BAG.tags), formatManifest(entries), { flag: 'wx' });
  return bytes;
}

const infoOf = (facts: RunFacts, oxum: string, now: Date): string =>
  [
    ['Bagging-Date', now.toISOString().slice(0, 10)],
    ['Payload-Oxum', oxum],
    ['Bag-Software-Agent', `posrig ${facts.posrig}`],
    ['External-Description', `Run of posrig started ${facts.startedAt}, ${facts.verdicts.length} scenarios`],
    ['Run-State', facts.complete ? 'complete' : 'interrupted'],
    ['Journal-Events', String(facts.events)],
    ...(facts.head === undefined ? [] : [['Journal-Head', toHex(facts.head)]]),
  ]
    .map(([label, value]) => `${label}: ${value}\n`)
    .join('');
