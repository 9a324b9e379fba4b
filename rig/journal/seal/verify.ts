import { createHash, type KeyObject, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRigError, RigError } from '../../model/errors.ts';
import { JOURNAL_FILE } from '../journal.ts';
import { BAG, DECLARATION } from './bag.ts';
import { filesBelow, sha256Of } from './files.ts';
import { fingerprintOf, publicKeyFrom } from './keys.ts';
import { type Entry, parseManifest } from './manifest.ts';
import {
  type BaggedRun,
  factsOf,
  factsOfRuns,
  headSubject,
  type RunFacts,
  Statement,
  toHex,
} from './statement.ts';

/** Something that is not as it was sealed, and where: a file of the bag or run, with the line if it is one of text. */
export interface Damage {
  readonly place: string;
  readonly what: string;
}

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
 * told at its place. Throws FILE_UNREADABLE when there is neither a bag nor a run.
 */
export async function verifyEvidence(folder: string, options: VerifyOptions = {}): Promise<Verification> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new RigError('FILE_UNREADABLE', 'file', `${folder} is not a folder`, {
      hint: 'Name a bag that posrig seal made, or the folder of a run.',
      at: folder,
    });
  }
  const names = Object.values(BAG);
  // A bag of which files are missing is a damaged bag, not a run.
  const isBag = names.some((name) => existsSync(join(folder, name)));
  return isBag ? new BagCheck(folder, options).run() : verifyRun(folder, options);
}

async function verifyRun(folder: string, { head, key }: VerifyOptions): Promise<Verification> {
  const damage: Damage[] = [];
  const facts = await readFacts(folder, '', damage);
  if (facts) {
    if (facts.head === undefined) damage.push({ place: 'journal.jsonl', what: 'it has no hash chain' });
    for (const { path, sha256 } of facts.artefacts) await compare(folder, { path, sha256 }, damage);
    damage.push(...headDamage(facts, head, 'journal.jsonl'));
  }
  if (key) damage.push({ place: folder, what: 'it is not signed: only a bag of posrig seal is' });
  return { kind: 'run', damage, ...(facts ? { facts } : {}) };
}

/** The facts of a journal; damage of it is added with its line as place. */
async function readFacts(folder: string, prefix: string, damage: Damage[]): Promise<RunFacts | undefined> {
  try {
    return await factsOf(folder);
  } catch (thrown) {
    if (!isRigError(thrown)) throw thrown;
    const line = /:(\d+)$/.exec(thrown.at ?? '')?.[1];
    damage.push({
      place: `${prefix}journal.jsonl${line === undefined ? '' : `:${line}`}`,
      what: thrown.message,
    });
    return undefined;
  }
}

async function compare(folder: string, { path, sha256 }: Entry, damage: Damage[]): Promise<void> {
  const actual = await sha256Of(join(folder, path)).catch(() => undefined);
  if (actual === undefined) damage.push({ place: path, what: 'it is missing or cannot be read' });
  else if (actual !== sha256)
    damage.push({ place: path, what: 'it is not as it was written: its SHA-256 differs' });
}

const headDamage = (facts: RunFacts, head: string | undefined, place: string): readonly Damage[] =>
  head === undefined || (facts.head !== undefined && toHex(facts.head) === head.toLowerCase())
    ? []
    : [
        {
          place,
          what: `its chain ends with ${facts.head ? toHex(facts.head) : 'nothing'}, not with the head that was asked for`,
        },
      ];

/** The check of one bag, step by step; what it finds is gathered. */
class BagCheck {
  readonly #folder: string;
  readonly #options: VerifyOptions;
  readonly #damage: Damage[] = [];

  constructor(folder: string, options: VerifyOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async run(): Promise<Verification> {
    const tags = await this.#manifest(BAG.tags);
    const payload = await this.#manifest(BAG.payload);
    await this.#inventory(tags, payload);
    const runs = await this.#runs(payload);
    const facts = factsOfRuns(runs);
    for (const entry of [...tags, ...payload]) await compare(this.#folder, entry, this.#damage);
    const declaration = await this.#text(BAG.declaration);
    if (declaration !== undefined && declaration !== DECLARATION)
      this.#add(BAG.declaration, 'it does not declare a BagIt 1.0 bag');
    const statement = await this.#statement(payload, runs);
    const signature = statement === undefined ? undefined : await this.#signature(statement);
    if (facts) {
      const single = `data/${JOURNAL_FILE}`;
      const place = runs[0]?.journal === single ? single : BAG.payload;
      this.#damage.push(...headDamage(facts, this.#options.head, place));
    }
    return {
      kind: 'bag',
      damage: this.#damage,
      ...(facts ? { facts } : {}),
      ...(signature ? { signature } : {}),
    };
  }

  /** The runs of the bag: one, or those of a campaign in their order. A journal that cannot be read is damage. */
  async #runs(payload: readonly Entry[]): Promise<readonly BaggedRun[]> {
    const listed = payload.map(({ path }) => path).filter((path) => JOURNALS.test(path));
    const runs: BaggedRun[] = [];
    for (const journal of listed.length > 0 ? listed : [`data/${JOURNAL_FILE}`]) {
      const prefix = journal.slice(0, -JOURNAL_FILE.length);
      const facts = await readFacts(join(this.#folder, prefix), prefix, this.#damage);
      if (facts) runs.push({ journal, facts });
    }
    return runs;
  }

  #add(place: string, what: string): void {
    this.#damage.push({ place, what });
  }

  async #text(name: string): Promise<string | undefined> {
    const bytes = await readFile(join(this.#folder, name)).catch(() => undefined);
    return bytes?.toString('utf8');
  }

  async #manifest(name: string): Promise<readonly Entry[]> {
    const text = await this.#text(name);
    if (text === undefined) {
      this.#add(name, 'it is missing or cannot be read');
      return [];
    }
    const parsed = parseManifest(text);
    if ('entries' in parsed) return parsed.entries;
    this.#add(`${name}:${parsed.wrongLine}`, 'the line is not one of a manifest');
    return [];
  }

  /** Every file must be listed once: payload in the one manifest, the bag's own files in the other. */
  async #inventory(tags: readonly Entry[], payload: readonly Entry[]): Promise<void> {
    const listed = new Set([...tags, ...payload].map(({ path }) => path));
    const present = new Set(await filesBelow(this.#folder));
    for (const path of present) {
      if (path !== BAG.tags && !listed.has(path)) this.#add(path, 'no manifest lists it: it was put in');
    }
    for (const { path } of tags)
      if (path.startsWith('data/')) this.#add(BAG.tags, `it lists payload: ${path}`);
    for (const { path } of payload)
      if (!path.startsWith('data/')) this.#add(BAG.payload, `it lists no payload: ${path}`);
    // A signed bag stays a signed bag: the signature cannot be taken out with its lines in the manifest unnoticed.
    if (listed.has(BAG.signature) !== listed.has(BAG.signer))
      this.#add(BAG.tags, `it lists only one of ${BAG.signature} and ${BAG.signer}`);
  }

  /** The statement must say of the payload what the manifest says, and of the chain what the journal shows. */
  async #statement(payload: readonly Entry[], runs: readonly BaggedRun[]): Promise<string | undefined> {
    const text = await this.#text(BAG.statement);
    if (text === undefined) return undefined;
    let statement: Statement;
    try {
      statement = Statement.parse(JSON.parse(text));
    } catch {
      this.#add(BAG.statement, 'it is not a statement of test results');
      return text;
    }
    const stated = new Map(statement.subject.map(({ name, digest }) => [name, digest.sha256]));
    for (const { path, sha256 } of payload) {
      if (stated.get(path) !== sha256)
        this.#add(BAG.statement, `it does not say of ${path} what the manifest says`);
    }
    for (const { journal, facts } of runs) {
      const head = statement.subject.find(({ name }) => name === headSubject(journal));
      if (facts.head === undefined || head?.digest.sha256 === toHex(facts.head)) continue;
      const sealed = head?.annotations?.['events'];
      this.#add(
        `${journal}:${facts.events}`,
        `it ends at event ${facts.events}${sealed === undefined ? '' : `; when it was sealed it had ${String(sealed)}`}: the tail is not as it was`,
      );
    }
    for (const name of stated.keys()) {
      const file = name.replace(/#head$/, '');
      if (!payload.some(({ path }) => path === file))
        this.#add(BAG.payload, `it does not list ${file}, which the statement names`);
    }
    return text;
  }

  async #signature(statement: string): Promise<Verification['signature']> {
    const { key } = this.#options;
    const [encoded, pem] = [await this.#text(BAG.signature), await this.#text(BAG.signer)];
    if (encoded === undefined || pem === undefined) {
      if (key) this.#add(BAG.signature, 'the bag is not signed');
      return undefined;
    }
    let signer: KeyObject;
    try {
      signer = publicKeyFrom(pem, BAG.signer);
    } catch {
      this.#add(BAG.signer, 'it holds no public key');
      return undefined;
    }
    const known = key && digestOf(key) === digestOf(signer);
    if (known === false) this.#add(BAG.signature, 'another key than the one that was asked for has signed');
    const bytes = Buffer.from(encoded, 'base64');
    if (!verify(null, Buffer.from(statement), key ?? signer, bytes))
      this.#add(BAG.signature, `it does not fit ${BAG.statement}`);
    return { fingerprint: fingerprintOf(signer), known };
  }
}

/** Journals of a bag: that of its run, or those of a campaign's runs. */
const JOURNALS = /^data\/(?:runs\/[^/]+\/)?journal\.jsonl$/;

const digestOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
