import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RigError } from '../../model/errors.ts';
import { JOURNAL_FILE } from '../journal.ts';
import { filesBelow, sha256Of } from './files.ts';
import { fingerprintOf } from './keys.ts';
import { type Entry, formatManifest } from './manifest.ts';
import { type BaggedRun, factsOf, factsOfRuns, type RunFacts, statementOf, toHex } from './statement.ts';

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
export async function sealRun(run: string, options: SealOptions): Promise<Sealed> {
  const facts = await factsOf(run);
  const about = `Run of posrig started ${facts.startedAt}, ${facts.verdicts.length} scenarios`;
  return seal([{ journal: `data/${JOURNAL_FILE}`, facts }], about, options, (data) =>
    copyPayload(run, data, ''),
  );
}

/** A campaign as it goes into a bag; paths in the bag are below its payload. */
export interface CampaignPayload {
  readonly id: string;
  /** In the order of the campaign; each has its folder in the bag. */
  readonly runs: readonly { readonly folder: string; readonly to: string; readonly head: string }[];
  /** Files that belong to it: the campaign file, photos, reports. */
  readonly files: readonly { readonly from: string; readonly to: string }[];
  /** Files that are written for the bag: the record of the runs with their places in it. */
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * Seals a campaign with all its runs as one bag, in which `posrig verify` and `posrig certify` find everything again.
 * Throws as `sealRun` does; JOURNAL_DAMAGED also when a run is not as it was when it was added.
 */
export async function sealCampaign(campaign: CampaignPayload, options: SealOptions): Promise<Sealed> {
  const runs: BaggedRun[] = [];
  for (const { folder, to, head } of campaign.runs) {
    const facts = await factsOf(folder);
    if (facts.head === undefined || toHex(facts.head) !== head)
      throw new RigError(
        'JOURNAL_DAMAGED',
        'rig',
        `${folder} is not as it was when it was added to the campaign.`,
        {
          hint: 'Restore it from a copy; nothing is sealed that is damaged already.',
        },
      );
    runs.push({ journal: `data/${to}/${JOURNAL_FILE}`, facts });
  }
  const about = `Campaign ${campaign.id} of posrig, ${campaign.runs.length} runs`;
  return seal(runs, about, options, async (data) => {
    const payload: Payload[] = [];
    for (const { folder, to } of campaign.runs) payload.push(...(await copyPayload(folder, data, to)));
    for (const { from, to } of campaign.files) payload.push(await copyOne(from, data, to));
    for (const [to, text] of Object.entries(campaign.texts)) {
      await writeFile(join(data, to), text, { flag: 'wx' });
      payload.push({
        path: `data/${to}`,
        sha256: await sha256Of(join(data, to)),
        bytes: Buffer.byteLength(text),
      });
    }
    return payload.sort((a, b) => (a.path < b.path ? -1 : 1));
  });
}

async function seal(
  runs: readonly BaggedRun[],
  about: string,
  { out, key, now = new Date() }: SealOptions,
  copy: (data: string) => Promise<readonly Payload[]>,
): Promise<Sealed> {
  if (existsSync(out)) {
    throw new RigError('FILE_INVALID', 'file', `${out} exists`, {
      hint: 'A seal is never overwritten: name another folder with --out.',
      at: out,
    });
  }
  const facts = factsOfRuns(runs);
  if (!facts)
    throw new RigError('USAGE', 'file', 'there is no run to seal', {
      hint: 'posrig run --campaign adds one.',
    });
  const part = `${out}.part`;
  await rm(part, { recursive: true, force: true });
  try {
    await mkdir(join(part, 'data'), { recursive: true });
    const payload = await copy(join(part, 'data'));
    const bytes = await writeTags(part, { runs, facts, about, payload, key, now });
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
async function copyPayload(run: string, data: string, below: string): Promise<readonly Payload[]> {
  const payload: Payload[] = [];
  for (const path of await filesBelow(run))
    payload.push(await copyOne(join(run, path), data, below === '' ? path : `${below}/${path}`));
  return payload;
}

async function copyOne(from: string, data: string, path: string): Promise<Payload> {
  const stats = await lstat(from);
  if (!stats.isFile()) {
    throw new RigError('FILE_INVALID', 'file', `${from} is not a plain file; evidence holds nothing else`, {
      at: from,
      hint: 'Take it out of the run’s folder.',
    });
  }
  const to = join(data, path);
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  return { path: `data/${path}`, sha256: await sha256Of(to), bytes: stats.size };
}

async function writeTags(
  bag: string,
  sealing: {
    readonly runs: readonly BaggedRun[];
    readonly facts: RunFacts;
    readonly about: string;
    readonly payload: readonly Payload[];
    readonly key: KeyObject | undefined;
    readonly now: Date;
  },
): Promise<number> {
  const { runs, facts, about, payload, key, now } = sealing;
  const bytes = payload.reduce((sum, file) => sum + file.bytes, 0);
  const statement = `${JSON.stringify(statementOf(runs, payload), null, 2)}\n`;
  const tags: Record<string, string> = {
    [BAG.declaration]: DECLARATION,
    [BAG.info]: infoOf(facts, about, `${bytes}.${payload.length}`, now),
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

const infoOf = (facts: RunFacts, about: string, oxum: string, now: Date): string =>
  [
    ['Bagging-Date', now.toISOString().slice(0, 10)],
    ['Payload-Oxum', oxum],
    ['Bag-Software-Agent', `posrig ${facts.posrig}`],
    ['External-Description', about.replace(/\s+/g, ' ')],
    ['Run-State', facts.complete ? 'complete' : 'interrupted'],
    ['Journal-Events', String(facts.events)],
    ...(facts.head === undefined ? [] : [['Journal-Head', toHex(facts.head)]]),
  ]
    .map(([label, value]) => `${label}: ${value}\n`)
    .join('');
