import type { KeyObject } from 'node:crypto';
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RigError } from '../../model/errors.ts';
import { BAG } from './bag.ts';
import { BagCheck } from './bag-check.ts';
import { CHANGED, type Damage, digestIn, exact, headDamage, readFacts } from './damage.ts';
import type { RunFacts } from './statement.ts';

export interface Verification {
  /** A `run` is a folder as a run leaves it: chained, not sealed. */
  readonly kind: 'bag' | 'run';
  readonly damage: readonly Damage[];
  /** Absent when the journal cannot be read. */
  readonly facts?: RunFacts;
  /** Of a signed bag. `known`: by the key that was asked for; undefined when none was. */
  readonly signature?: { readonly fingerprint: string; readonly known: boolean | undefined };
}

export interface VerifyOptions {
  /** The key that must have signed. */
  readonly key?: KeyObject;
  /** Hexadecimal head of the hash chain, as a report or a letter told it. */
  readonly head?: string;
}

/**
 * Checks a sealed bag, or the folder of a run, without any bench: every file against the manifests, the manifests against
 * each other and the statement, the statement against its signature, and every event against the hash chain. Damage is
 * told at its place, and where three files say something of a fourth, it is the odd one out. Throws FILE_UNREADABLE when
 * there is neither a bag nor a run.
 */
export async function verifyEvidence(folder: string, options: VerifyOptions = {}): Promise<Verification> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new RigError('FILE_UNREADABLE', 'file', `${folder} is not a folder`, {
      hint: 'Name a bag that posrig seal made, or the folder of a run.',
      at: folder,
    });
  }
  const own = Object.values(BAG).map((name) => lstat(join(folder, name)));
  // A bag of which files are missing is a damaged bag, not a run.
  const isBag = (await Promise.allSettled(own)).some(({ status }) => status === 'fulfilled');
  return isBag ? new BagCheck(folder, options).run() : verifyRun(folder, options);
}

async function verifyRun(folder: string, { head, key }: VerifyOptions): Promise<Verification> {
  const damage: Damage[] = [];
  const facts = await readFacts(folder, '', damage);
  if (facts) {
    if (facts.head === undefined) damage.push({ place: 'journal.jsonl:1', what: 'it has no hash chain' });
    for (const { path, sha256 } of facts.artefacts) {
      const actual = await digestIn(folder, path);
      if ('what' in actual) damage.push({ place: path, what: actual.what });
      else if (actual.sha256 !== sha256) damage.push({ place: path, what: CHANGED });
    }
    damage.push(...headDamage(facts, head, 'journal.jsonl'));
  }
  if (key) damage.push({ place: folder, what: 'it is not signed: only a bag of posrig seal is' });
  return { kind: 'run', damage: exact(damage), ...(facts ? { facts } : {}) };
}
