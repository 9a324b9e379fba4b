import assert from 'node:assert/strict';
import { HostPolicy } from '../../../rig/bench/policy.ts';
import type { LedgerEntry } from '../../../rig/model/book.ts';
import { type DecodedMessage, decodeMessage } from '../../codec/iso8583/index.ts';
import { Acquirer, type Reply } from '../simulator/acquirer.ts';
import { type Downloads, NO_DOWNLOADS } from '../simulator/downloads.ts';
import type { HostKeys } from '../simulator/keys.ts';
import { cards, dialect, type Fields, frameOf, keys, MAK, read, requests } from './terminal.ts';

/** The acquirer with one terminal in Wuxi, on 22 November, 15:04:05 local time. */
export class AcquirerBench {
  readonly acquirer: Acquirer;
  region = 'wuxi';
  at = 0;
  /** What was found of the last request. */
  checks: Readonly<Record<string, string>> = {};

  constructor({ downloads = NO_DOWNLOADS, known = keys }: { downloads?: Downloads; known?: HostKeys } = {}) {
    const start = new Date('2026-11-22T07:04:05Z');
    this.acquirer = new Acquirer({ dialect, keys: known, cards, acquirerId: '48020000', start, downloads });
  }

  raw([mti, fields]: [string, Fields], mak: Uint8Array | 'no-mac' = MAK): Reply {
    this.at += 1000;
    const message = decodeMessage(dialect, frameOf(mti, fields, mak));
    const reply = this.acquirer.answer(message, { region: this.region, at: this.at });
    this.checks = reply.checks;
    return reply;
  }

  ask(request: [string, Fields], mak?: Uint8Array | 'no-mac'): DecodedMessage {
    return read(this.raw(request, mak).frame);
  }

  code(request: [string, Fields], mak?: Uint8Array | 'no-mac'): string {
    return this.ask(request, mak).fields['39'] ?? '';
  }

  signedOn(): this {
    assert.equal(this.code(requests.signOn()), '00');
    return this;
  }

  policy(policy: unknown): this {
    this.acquirer.configure(HostPolicy.parse(policy));
    return this;
  }

  states(): string[] {
    return this.acquirer.ledger().map(({ kind, state, responseCode }) => `${kind} ${state} ${responseCode}`);
  }

  last(): LedgerEntry {
    const entry = this.acquirer.ledger().at(-1);
    assert.ok(entry);
    return entry;
  }
}

/** The same, signed on. */
export const signedOn = () => new AcquirerBench().signedOn();
