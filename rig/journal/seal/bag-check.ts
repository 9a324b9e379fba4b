import { createHash, type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JOURNAL_FILE } from '../journal.ts';
import { BAG, DECLARATION } from './bag.ts';
import { CHANGED, type Damage, digestIn, exact, headDamage, readFacts } from './damage.ts';
import { below, kindOf } from './files.ts';
import { fingerprintOf, publicKeyFrom } from './keys.ts';
import { type Listed, type Manifest, parseManifest } from './manifest.ts';
import {
  type BaggedRun,
  factsOfRuns,
  headSubject,
  type RunFacts,
  Statement,
  statementOf,
  toHex,
} from './statement.ts';
import type { Verification, VerifyOptions } from './verify.ts';

/** Files that every bag has. */
const REQUIRED: readonly string[] = [BAG.declaration, BAG.info, BAG.payload, BAG.statement];

/** Journals of a bag: that of its run, or those of a campaign's runs. */
const JOURNALS = /^data\/(?:runs\/[^/]+\/)?journal\.jsonl$/;

/**
 * The check of one bag, step by step; what it finds is gathered. Of a file of the payload three things are known: its bytes,
 * what the manifest and what the statement say of them. Whichever disagrees with the two others was changed.
 */
export class BagCheck {
  readonly #folder: string;
  readonly #options: VerifyOptions;
  readonly #damage: Damage[] = [];
  /** Files of the bag itself that are not as its tag manifest says. */
  readonly #doubtful = new Set<string>();

  constructor(folder: string, options: VerifyOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async run(): Promise<Verification> {
    const tags = await this.#manifest(BAG.tags);
    const payload = await this.#manifest(BAG.payload);
    await this.#tags(tags);
    const text = await this.#text(BAG.statement);
    const statement = this.#parsed(text);
    await this.#inventory(tags, payload, statement);
    const runs = await this.#runs(payload, statement);
    await this.#payload(payload, statement);
    if (statement) this.#heads(statement, runs);
    if (text !== undefined && this.#doubtful.has(BAG.statement)) this.#line(text, runs, payload);
    const declaration = await this.#text(BAG.declaration);
    if (declaration !== undefined && declaration !== DECLARATION)
      this.#add(BAG.declaration, 'it does not declare a BagIt 1.0 bag');
    const signature = text === undefined ? undefined : await this.#signature(text);
    const facts = this.#facts(runs);
    return {
      kind: 'bag',
      damage: exact(this.#damage),
      ...(facts ? { facts } : {}),
      ...(signature ? { signature } : {}),
    };
  }

  #facts(runs: readonly BaggedRun[]): RunFacts | undefined {
    const facts = factsOfRuns(runs);
    if (!facts) return undefined;
    const single = `data/${JOURNAL_FILE}`;
    const place = runs[0]?.journal === single ? single : BAG.payload;
    this.#damage.push(...headDamage(facts, this.#options.head, place));
    return facts;
  }

  #add(place: string, what: string): void {
    this.#damage.push({ place, what });
  }

  /** A file of the bag itself as text; undefined, and told elsewhere, when it is not there or no plain file. */
  async #text(name: string): Promise<string | undefined> {
    if ((await kindOf(join(this.#folder, name))) !== 'file') return undefined;
    const bytes = await readFile(join(this.#folder, name)).catch(() => undefined);
    return bytes?.toString('utf8');
  }

  async #manifest(name: string): Promise<Manifest | undefined> {
    const text = await this.#text(name);
    if (text === undefined) {
      const found = await digestIn(this.#folder, name);
      this.#add(name, 'what' in found ? found.what : 'it cannot be read');
      return undefined;
    }
    const manifest = parseManifest(text);
    for (const line of manifest.wrong) this.#add(`${name}:${line}`, 'the line is not one of a manifest');
    return manifest;
  }

  /** The bag's own files against the manifest of these. */
  async #tags(tags: Manifest | undefined): Promise<void> {
    for (const { path, sha256, line } of tags?.entries ?? []) {
      const actual = await digestIn(this.#folder, path);
      if ('what' in actual) {
        const known = Object.values<string>(BAG).includes(path);
        this.#add(known ? path : `${BAG.tags}:${line}`, known ? actual.what : absent(path));
        this.#doubtful.add(path);
      } else if (resembles(actual.sha256, sha256)) this.#add(`${BAG.tags}:${line}`, mistyped(path));
      else if (actual.sha256 !== sha256) {
        this.#add(path, CHANGED);
        this.#doubtful.add(path);
      }
    }
  }

  #parsed(text: string | undefined): Statement | undefined {
    if (text === undefined) return undefined;
    try {
      return Statement.parse(JSON.parse(text));
    } catch {
      this.#add(BAG.statement, 'it is not a statement of test results');
      return undefined;
    }
  }

  /** Every file must be listed once: payload in the one manifest, the bag's own files in the other. */
  async #inventory(tags: Manifest | undefined, payload: Manifest | undefined, statement?: Statement) {
    const tagged = new Set(tags?.entries.map(({ path }) => path));
    const listed = new Set(payload?.entries.map(({ path }) => path));
    const stated = new Set(statement?.subject.map(({ name }) => name));
    const names = Object.values<string>(BAG);
    const whole =
      tags?.wrong.length === 0 &&
      REQUIRED.every((name) => tagged.has(name)) &&
      tagged.has(BAG.signature) === tagged.has(BAG.signer) &&
      [...tagged].every((name) => names.includes(name));
    // A tag manifest that lost lines says nothing against the files that stood in them.
    const own = new Set<string>(whole ? [] : names);
    const { files, empty } = await below(this.#folder);
    // Manifests list no folders: one that is not on the way to anything that was sealed was put in.
    const sealed = [...names, ...tagged, ...listed, ...stated];
    for (const path of empty)
      if (path !== 'data' && !sealed.some((name) => `${name}/`.startsWith(`${path}/`)))
        this.#add(path, 'an empty folder on the way to nothing that is listed: it was put in');
    for (const path of files) {
      if (path === BAG.tags || tagged.has(path) || listed.has(path)) continue;
      if (stated.has(path) || own.has(path)) continue;
      // Without manifest and statement nobody can say what belongs into the bag.
      if (payload === undefined && statement === undefined && path.startsWith('data/')) continue;
      this.#add(path, 'no manifest lists it: it was put in');
    }
    if (tags) {
      for (const name of REQUIRED) if (!tagged.has(name)) this.#add(BAG.tags, `it does not list ${name}`);
      // A signed bag stays a signed bag: the signature cannot be taken out with its lines in the manifest unnoticed.
      if (tagged.has(BAG.signature) !== tagged.has(BAG.signer))
        this.#add(BAG.tags, `it lists only one of ${BAG.signature} and ${BAG.signer}`);
    }
    for (const path of tagged) if (path.startsWith('data/')) this.#add(BAG.tags, `it lists payload: ${path}`);
    for (const path of listed)
      if (!path.startsWith('data/')) this.#add(BAG.payload, `it lists no payload: ${path}`);
  }

  /** The runs of the bag: one, or those of a campaign in their order. A journal that cannot be read is damage. */
  async #runs(payload: Manifest | undefined, statement?: Statement): Promise<readonly BaggedRun[]> {
    const paths = [
      ...(payload?.entries.map(({ path }) => path) ?? []),
      ...(statement?.subject.map(({ name }) => name) ?? []),
    ];
    const listed = [...new Set(paths.filter((path) => JOURNALS.test(path)))].sort();
    const runs: BaggedRun[] = [];
    for (const journal of listed.length > 0 ? listed : [`data/${JOURNAL_FILE}`]) {
      const prefix = journal.slice(0, -JOURNAL_FILE.length);
      const facts = await readFacts(join(this.#folder, prefix), prefix, this.#damage);
      if (facts) runs.push({ journal, facts });
    }
    return runs;
  }

  /** Every file of the payload: its bytes, the manifest and the statement must say the same of it. */
  async #payload(payload: Manifest | undefined, statement: Statement | undefined): Promise<void> {
    const listed = new Map(payload?.entries.map((entry) => [entry.path, entry]));
    const stated = new Map(
      statement?.subject
        .filter(({ name }) => !name.endsWith('#head'))
        .map(({ name, digest }) => [name, digest.sha256]),
    );
    const missing: string[] = [];
    for (const path of new Set([...listed.keys(), ...stated.keys()])) {
      // A name that leads elsewhere is no business of this bag; the statement that holds it is doubtful, and told.
      if (!path.startsWith('data/') || path.split('/').includes('..')) continue;
      const entry = listed.get(path);
      const said = stated.get(path);
      if (entry === undefined) missing.push(path);
      // Of a file that only a doubtful statement names, nothing is known.
      if (entry === undefined && this.#doubtful.has(BAG.statement)) continue;
      await this.#file(path, entry, said, statement !== undefined);
    }
    if (missing.length > 0 && payload) {
      const doubt = this.#doubtful.has(BAG.statement);
      const [first = ''] = missing;
      const names = missing.length === 1 ? first : `${missing.length} files, the first of them ${first}`;
      if (doubt) this.#add(BAG.statement, `it names what ${BAG.payload} does not: ${names}`);
      else this.#add(BAG.payload, `it does not list what the statement names: ${names}`);
    }
  }

  async #file(path: string, entry: Listed | undefined, said: string | undefined, stated: boolean) {
    const actual = await digestIn(this.#folder, path);
    const sure = stated && !this.#doubtful.has(BAG.statement);
    if ('what' in actual) {
      if (entry && sure && said === undefined) this.#add(`${BAG.payload}:${entry.line}`, absent(path));
      else this.#add(path, actual.what);
      return;
    }
    const { sha256 } = actual;
    if (entry && stated && said !== sha256 && entry.sha256 === sha256)
      this.#add(BAG.statement, `it does not say of ${path} what the file is and the manifest says`);
    else if (entry && (said === sha256 || said === undefined) && entry.sha256 !== sha256) {
      if (said === sha256 || resembles(sha256, entry.sha256))
        this.#add(`${BAG.payload}:${entry.line}`, mistyped(path));
      else this.#add(path, CHANGED);
    } else if (stated && said !== sha256) this.#add(path, CHANGED);
  }

  /** The chain of each journal must end as the statement says. */
  #heads({ subject }: Statement, runs: readonly BaggedRun[]): void {
    const doubt = this.#doubtful.has(BAG.statement);
    for (const { journal, facts } of runs) {
      const head = subject.find(({ name }) => name === headSubject(journal));
      if (facts.head === undefined) {
        if (head)
          this.#add(`${journal}:1`, 'its lines are not as they were written: they carry no hash chain');
      } else if (head?.digest.sha256 !== toHex(facts.head)) {
        const sealed = head?.annotations?.['events'];
        const had = sealed === undefined ? '' : `; when it was sealed it had ${String(sealed)}`;
        if (doubt) this.#add(BAG.statement, `it does not say of ${journal} with which link its chain ends`);
        // Bytes without an end of line are what is left of the record behind the last whole one.
        else
          this.#add(
            `${journal}:${facts.events + (facts.cut ? 1 : 0)}`,
            `it ends at event ${facts.events}${facts.cut ? ', and what stands after it is no whole record' : ''}${had}: the tail is not as it was`,
          );
      }
    }
  }

  /** Where a statement that was changed first differs from the one that the payload and its journals make. */
  #line(text: string, runs: readonly BaggedRun[], payload: Manifest | undefined): void {
    if (!payload || runs.length === 0) return;
    const entries = payload.entries.map(({ path, sha256 }) => ({ path, sha256 }));
    const made = `${JSON.stringify(statementOf(runs, entries), null, 2)}\n`.split('\n');
    const found = text.split('\n');
    const line = found.findIndex((each, i) => each !== made[i]);
    this.#add(`${BAG.statement}:${line < 0 ? found.length : line + 1}`, 'the line is not as it was written');
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
    const bytes = Buffer.from(encoded, 'base64');
    if (!verify(null, Buffer.from(statement), signer, bytes)) {
      // The one of the three that the tag manifest says was changed; the signature when all of them are new.
      const changed = [BAG.statement, BAG.signer].find((name) => this.#doubtful.has(name));
      this.#add(
        changed ?? BAG.signature,
        changed === undefined ? `it does not fit ${BAG.statement}` : 'the signature does not fit it',
      );
    }
    if (known === false)
      this.#add(
        this.#doubtful.has(BAG.signer) ? BAG.signer : BAG.signature,
        'another key than the one that was asked for has signed',
      );
    return { fingerprint: fingerprintOf(signer), known };
  }
}

/**
 * Whether a digest is another one in which a few digits were changed: then the manifest is wrong, not the file, because
 * nobody can make a file whose digest is nearly that of another. Of two digests 4 of 64 digits are the same by chance.
 */
const resembles = (actual: string, listed: string): boolean =>
  actual !== listed && [...actual].filter((digit, i) => digit === listed[i]).length >= 32;

const mistyped = (path: string): string =>
  `the line is not as it was written: the digest is not that of ${path}, which is in order`;

const absent = (path: string): string =>
  `the line is not as it was written: there is no ${path}, and nothing else names it`;

const digestOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
