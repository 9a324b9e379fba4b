import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { RigError } from '../../../rig/model/errors.ts';
import { ADMIN_PATH, attempt } from './command.ts';
import type { Creation } from './creation.ts';
import { type Listing, readListing } from './nft-listing.ts';

/** How long nft may take to answer, wall ms: it takes about one. */
const ANSWER_WALL_MS = 5_000;

/**
 * The chains of the standing table. What comes to the machine is met before anything else looks at it, what goes from it
 * after everything else; on loopback, where every packet passes both, a rule stands in one of the two only.
 */
export const CHAINS = {
  arriving: 'type filter hook prerouting priority -310; policy accept;',
  leaving: 'type filter hook postrouting priority 310; policy accept;',
  /** Only here may a packet be answered with a reset. */
  input: 'type filter hook input priority -10; policy accept;',
  capture: 'type nat hook prerouting priority -110; policy accept;',
  /** Where TPROXY is possible: packets that go to a socket of this machine whatever their destination. */
  transparent: 'type filter hook prerouting priority -150; policy accept;',
  /** Behind connection tracking, for rules by message type: a sighting marks the connection. */
  sighting: 'type filter hook postrouting priority 300; policy accept;',
  'after-sighting': 'type filter hook prerouting priority -140; policy accept;',
} as const;
export type Chain = keyof typeof CHAINS;

export interface Rule {
  readonly chain: Chain;
  /** As nft(8) takes it, without comment; must count. */
  readonly text: string;
}

/**
 * One standing table, written by one nft process that stays: a change takes half a millisecond instead of seven. Nothing
 * counts as done before the table was read back. When this process dies, however, the shell around nft sees its input
 * end and deletes the table.
 */
export class NftTable {
  readonly name: string;
  readonly #nft: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(name: string, nft: ChildProcess, lines: AsyncIterator<string>) {
    this.name = name;
    this.#nft = nft;
    this.#lines = lines;
  }

  /** @throws NETWORK_KERNEL, blame bench, when the table cannot be made */
  static async open(creation: Creation, label: string): Promise<NftTable> {
    const name = `${creation.tag}-${label}`;
    creation.note({ kind: 'table', name });
    // In a session of its own, so that Ctrl-C does not end it before the rig has removed things in order.
    const nft = spawn('sh', ['-c', 'nft -j -a -i 2>&1; nft delete table inet "$0" 2>/dev/null', name], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, PATH: ADMIN_PATH, LC_ALL: 'C' },
      detached: true,
    });
    nft.unref();
    nft.on('error', () => {});
    nft.stdin.on('error', () => {});
    const lines = createInterface({ input: nft.stdout })[Symbol.asyncIterator]();
    const table = new NftTable(name, nft, lines);
    const chains = Object.entries(CHAINS).map(
      ([chain, hook]) => `add chain inet ${name} ${chain} { ${hook} }`,
    );
    try {
      await table.#change([`add table inet ${name}`, ...chains]);
    } catch (error) {
      await table.close();
      throw error;
    }
    return table;
  }

  /**
   * Adds rules under a fault's name in one transaction and reads the table back.
   * @throws NETWORK_KERNEL when the kernel does not have all of them afterwards
   */
  async add(fault: string, rules: readonly Rule[]): Promise<Listing> {
    const change = rules.map(
      ({ chain, text }) => `add rule inet ${this.name} ${chain} ${text} comment "${fault}"`,
    );
    const listing = await this.#change(change);
    const there = listing.rules.filter((rule) => rule.comment === fault);
    if (there.length !== rules.length) {
      throw failure(`the kernel has ${there.length} of ${rules.length} rules of ${fault}`, this.name);
    }
    return listing;
  }

  /** Removes the rules of a fault; resolves with the table as it was before and as it is now. */
  async remove(
    fault: string,
  ): Promise<{ readonly before: Listing | undefined; readonly after: Listing | undefined }> {
    const before = await this.read();
    const mine = before?.rules.filter((rule) => rule.comment === fault) ?? [];
    if (mine.length === 0) return { before, after: before };
    const after = await this.#change(
      mine.map(({ chain, handle }) => `delete rule inet ${this.name} ${chain} handle ${handle}`),
    );
    if (after.rules.some((rule) => rule.comment === fault))
      throw failure(`rules of ${fault} are still there`, this.name);
    return { before, after };
  }

  /** The table as the kernel has it; undefined when it is gone. */
  async read(): Promise<Listing | undefined> {
    const { json } = await this.#ask([]);
    return json === undefined ? undefined : readListing(json);
  }

  /** Deletes the table. Idempotent, never rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#nft.stdin?.end();
    if (this.#nft.pid !== undefined && this.#nft.exitCode === null && this.#nft.signalCode === null) {
      this.#nft.ref();
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, ANSWER_WALL_MS);
        this.#nft.once('exit', () => {
          clearTimeout(late);
          resolve();
        });
      });
    }
    await attempt('nft', ['delete', 'table', 'inet', this.name]);
  }

  async #change(lines: readonly string[]): Promise<Listing> {
    const { json, said } = await this.#ask([lines.join('; ')]);
    if (said !== '') throw failure(said, this.name);
    if (json === undefined) throw failure('the table is gone', this.name);
    return readListing(json);
  }

  /** One question after the other. The answer ends with a list of tables of another family, which is never ours. */
  #ask(lines: readonly string[]): Promise<{ readonly json: string | undefined; readonly said: string }> {
    const answer = this.#turn.then(async () => {
      this.#nft.stdin?.write(
        `${[...lines, `list table inet ${this.name}`, 'list tables ip6'].map((line) => `${line}\n`).join('')}`,
      );
      return this.#answer();
    });
    this.#turn = answer.catch(() => {});
    return answer;
  }

  async #answer(): Promise<{ readonly json: string | undefined; readonly said: string }> {
    let json: string | undefined;
    const said: string[] = [];
    const ours = `"family": "inet", "name": "${this.name}"`;
    for (;;) {
      const line = await this.#line();
      if (!line.startsWith('{')) said.push(line);
      else if (line.includes(ours)) json = line;
      else return { json, said: said.filter((text) => text.startsWith('Error')).join('; ') };
    }
  }

  async #line(): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(failure(`nft did not answer within ${ANSWER_WALL_MS} ms`, this.name)),
        ANSWER_WALL_MS,
      );
    });
    try {
      const { value, done } = await Promise.race([this.#lines.next(), late]);
      if (done === true) throw failure('the nft process has ended', this.name);
      return value;
    } finally {
      clearTimeout(timer);
    }
  }
}

const failure = (what: string, table: string): RigError =>
  new RigError('NETWORK_KERNEL', 'bench', `nftables table ${table}: ${what}`, {
    hint: 'Somebody else may have changed the table, or the kernel lacks what the rule needs; see `posrig doctor`.',
  });
