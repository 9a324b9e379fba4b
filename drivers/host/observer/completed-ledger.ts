import { readFileSync, statSync } from 'node:fs';
import type { LedgerEntry } from '../../../rig/model/book.ts';
import { RigError, toRigError } from '../../../rig/model/errors.ts';
import { type ExportMapping, type ExportRow, MOST_EXPORT_BYTES, readExport } from './export-file.ts';

/**
 * The ledger as seen, completed by the acquirer's own export: an entry that the export has is the export's, with what was
 * seen beside it (`seen`); a line of the export that nobody saw pass becomes an entry of its own. Lines of terminals that
 * never were in sight are none of our business. An entry keeps its place once it has one: positions are what scenarios
 * remember.
 */
export class CompletedLedger {
  /** Ids in the order in which they became known. */
  readonly #places: string[] = [];
  readonly #since = new Map<string, number>();

  complete(seen: readonly LedgerEntry[], rows: readonly ExportRow[], now: number): readonly LedgerEntry[] {
    const left = new Set(rows);
    const placed = new Set(this.#places);
    const found = new Map<string, LedgerEntry>();
    const byStan = new Map<string, ExportRow[]>();
    for (const row of rows) byStan.set(row.stan, [...(byStan.get(row.stan) ?? []), row]);
    for (const entry of seen) {
      const candidates = byStan.get(sixDigits(entry)) ?? [];
      const row = candidates.find((candidate) => left.has(candidate) && isOf(candidate, entry));
      if (row) left.delete(row);
      found.set(entry.id, row ? replaced(entry, row) : entry);
      // It was told by the export before it was seen: it takes the place of that line.
      const told = row && !placed.has(entry.id) ? this.#places.indexOf(idOf(row)) : -1;
      if (told !== -1) this.#places[told] = entry.id;
    }
    const terminals = new Set(seen.map(({ terminal }) => terminal));
    for (const row of left) {
      if (row.terminal !== '' && terminals.size > 0 && !terminals.has(row.terminal)) continue;
      const id = idOf(row);
      if (!this.#since.has(id)) this.#since.set(id, now);
      found.set(id, unseen(row, this.#since.get(id) ?? now));
    }
    const known = new Set(this.#places);
    for (const id of found.keys()) if (!known.has(id)) this.#places.push(id);
    return this.#places.flatMap((id) => found.get(id) ?? []);
  }
}

const idOf = (row: ExportRow) => `X${String(row.line).padStart(5, '0')}`;

const sixDigits = ({ stan }: LedgerEntry) => stan.padStart(6, '0');

/** RRN and STAN where both name one; a batch or terminal that is named must fit. A reversal carries its original's STAN. */
function isOf(row: ExportRow, entry: LedgerEntry): boolean {
  const fits = (one: string, other: string) => one === '' || other === '' || one === other;
  return (
    row.kind === entry.kind &&
    row.stan === sixDigits(entry) &&
    fits(row.rrn, entry.rrn) &&
    fits(row.terminal, entry.terminal) &&
    fits(row.batch, entry.batch)
  );
}

function replaced(entry: LedgerEntry, row: ExportRow): LedgerEntry {
  const { state, booked, rrn } = entry;
  const exported = stateOf(row, entry);
  const moved = !['declined', 'refused'].includes(exported);
  return {
    ...entry,
    state: exported,
    booked: moved ? row.amount : { ...row.amount, minor: 0 },
    rrn: row.rrn || entry.rrn,
    authCode: row.authCode || entry.authCode,
    seen: { state, booked, rrn },
  };
}

/** `approved` keeps the finer state that was seen, unless what was seen is that it was not, or nothing certain. */
function stateOf(row: ExportRow, { kind, state }: LedgerEntry): LedgerEntry['state'] {
  if (row.state !== 'approved') return row.state;
  const finer = ['posted', 'held', 'captured', 'released', 'voided'].includes(state);
  return finer ? state : kind === 'pre-auth' ? 'held' : 'posted';
}

const unseen = (row: ExportRow, at: number): LedgerEntry => ({
  id: idOf(row),
  kind: row.kind,
  state: row.state === 'approved' ? (row.kind === 'pre-auth' ? 'held' : 'posted') : row.state,
  terminal: row.terminal,
  merchant: row.merchant,
  stan: row.stan,
  batch: row.batch,
  rrn: row.rrn,
  authCode: row.authCode,
  responseCode: '',
  requested: row.amount,
  booked: ['declined', 'refused'].includes(row.state) ? { ...row.amount, minor: 0 } : row.amount,
  pan: '',
  region: 'unknown',
  date: row.date,
  at,
  seen: 'nothing',
});

/** An export that an acquirer writes again and again: read anew whenever the file has changed. */
export class ExportFile {
  readonly #file: string;
  readonly #mapping: ExportMapping;
  #stamp = '';
  #rows: readonly ExportRow[] = [];
  #trouble: RigError | undefined;

  constructor(file: string, mapping: ExportMapping) {
    this.#file = file;
    this.#mapping = mapping;
  }

  /** Rises with every change of what `rows` gives. */
  get stamp(): string {
    return this.#stamp;
  }

  /** Why it cannot be read now. */
  get trouble(): RigError | undefined {
    return this.#trouble;
  }

  /** Its lines; none while it is not there (it may come later), nor while it cannot be read, which `trouble` tells. */
  rows(): readonly ExportRow[] {
    try {
      const { mtimeMs, size, ino } = statSync(this.#file);
      const stamp = `${mtimeMs}/${size}/${ino}`;
      if (stamp === this.#stamp) return this.#rows;
      this.#forget(stamp);
      if (size > MOST_EXPORT_BYTES)
        throw new RigError('FILE_INVALID', 'file', `${this.#file} has more than ${MOST_EXPORT_BYTES} bytes`);
      this.#rows = readExport(readFileSync(this.#file), this.#mapping, this.#file);
    } catch (thrown) {
      if (isMissing(thrown)) this.#forget('');
      else this.#trouble = toRigError(thrown);
    }
    return this.#rows;
  }

  #forget(stamp: string): void {
    this.#stamp = stamp;
    this.#rows = [];
    this.#trouble = undefined;
  }
}

const isMissing = (thrown: unknown) =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
