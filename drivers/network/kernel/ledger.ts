import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { type Owner, ownerOf, ROUTE_PROTOCOL, tagOf, thisOwner } from './owner.ts';

const Word = z.string().regex(/^[A-Za-z0-9_.:/@-]{1,64}$/);
const Ours = z.string().refine((name) => ownerOf(name) !== undefined, { message: 'not a name of ours' });
const Place = { namespace: Ours.optional() };

/** Something that was created in the kernel, and all that is needed to remove it and nothing else. */
export const Created = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('table'), name: Ours, ...Place }),
  z.strictObject({ kind: z.literal('namespace'), name: Ours }),
  z.strictObject({ kind: z.literal('link'), name: Word, ...Place }),
  z.strictObject({ kind: z.literal('route'), words: z.array(Word).max(20), ...Place }),
  z.strictObject({
    kind: z.literal('rule'),
    words: z.array(Word).max(20),
    family: z.literal(6).optional(),
    ...Place,
  }),
  z.strictObject({ kind: z.literal('process'), name: Word, pid: z.int().min(2), started: Word }),
]);
export type Created = z.infer<typeof Created>;

const LedgerFile = z.strictObject({ network: z.string(), created: z.array(Created).max(10_000) });

/** The network namespace this process is in, as the kernel numbers it. */
export const networkHere = (): string => readlinkSync('/proc/self/ns/net');

/** Where the ledgers of all posrig processes of this user lie. */
export function ledgerFolder(): string {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 ? '/run/posrig-network' : join(tmpdir(), `posrig-network-${uid}`);
}

/**
 * What one process created, written down before it is created: after a kill -9 the next posrig reads here what to remove.
 * Routes and rules have no names, so for them this is the only record (besides the protocol number they carry).
 */
export class Ledger {
  readonly owner: Owner;
  readonly #folder: string;
  readonly #created: Created[] = [];

  constructor(owner: Owner = thisOwner(), folder: string = ledgerFolder()) {
    this.owner = owner;
    this.#folder = folder;
  }

  get created(): readonly Created[] {
    return this.#created;
  }

  /** To be called before the thing is created. */
  note(thing: Created): void {
    this.#created.push(Created.parse(thing));
    this.#write();
  }

  /** To be called when the thing is gone. */
  strike(thing: Created): void {
    const at = this.#created.findIndex((other) => JSON.stringify(other) === JSON.stringify(thing));
    if (at >= 0) this.#created.splice(at, 1);
    this.#write();
  }

  #write(): void {
    const path = join(this.#folder, `${tagOf(this.owner)}.json`);
    if (this.#created.length === 0) {
      rmSync(path, { force: true });
      return;
    }
    safeFolder(this.#folder);
    // Whole or not at all: a process killed between two writes must leave a ledger that can be read.
    const file = openSync(`${path}.new`, 'w', 0o600);
    writeSync(file, JSON.stringify({ network: networkHere(), created: this.#created }));
    closeSync(file);
    renameSync(`${path}.new`, path);
  }
}

/** A ledger in a folder that others may write would make us remove what they like. */
function safeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  if (uid !== (process.getuid?.() ?? 0) || (mode & 0o022) !== 0) {
    throw new RigError('NETWORK_KERNEL', 'bench', `others may write to ${folder}`, {
      hint: 'Remove it; posrig makes it anew, for this user alone.',
    });
  }
}

export interface ReadLedger {
  readonly owner: Owner;
  readonly path: string;
  /** The network namespace in which the things are. */
  readonly network: string;
  readonly created: readonly Created[];
}

/** All ledgers of this user, of live and dead processes. What is no ledger is left alone. */
export function readLedgers(folder: string = ledgerFolder()): readonly ReadLedger[] {
  let names: readonly string[];
  try {
    safeFolder(folder);
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const owner = name.endsWith('.json') ? ownerOf(name.slice(0, -5)) : undefined;
    if (!owner) return [];
    const path = join(folder, name);
    try {
      return [{ owner, path, ...LedgerFile.parse(JSON.parse(readFileSync(path, 'utf8'))) }];
    } catch {
      return [];
    }
  });
}

/** Words of ip-route(8) or ip-rule(8) with the mark that makes the entry ours. */
export const marked = (kind: 'route' | 'rule', words: readonly string[]): readonly string[] => [
  ...words,
  kind === 'route' ? 'proto' : 'protocol',
  String(ROUTE_PROTOCOL),
];
