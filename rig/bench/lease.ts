import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { RigError } from '../model/errors.ts';

/**
 * Who uses a bench, across processes: files beside the bench file under `.posrig/leases`. A run holds a lease while it
 * lasts and shows every few seconds that it lives; a person can reserve a bench for a time. All times are wall time:
 * this is about people and processes, not about a terminal.
 */
const HEARTBEAT_WALL_MS = 5000;
/** A holder that has shown no life for so long is dead, even if its process cannot be looked at (another machine). */
const DEAD_AFTER_WALL_MS = 30_000;
/** Nobody holds the lock over the two files for longer than it takes to write one. */
const LOCK_DEAD_AFTER_WALL_MS = 10_000;
const LOCK_TRIES = 200;

const Time = z.iso.datetime();
const Lease = z.strictObject({
  token: z.string(),
  owner: z.string(),
  host: z.string(),
  pid: z.int().positive(),
  /** What tells this process from a later one with the same number; empty where the system does not say. */
  born: z.string(),
  since: Time,
  heartbeat: Time,
});
export type Lease = z.infer<typeof Lease>;

const Reservation = z.strictObject({
  owner: z.string(),
  note: z.string(),
  since: Time,
  until: Time,
});
export type Reservation = z.infer<typeof Reservation>;

/** Who uses a bench now. A lease of a dead process and a reservation that is over are not told. */
export interface BenchUse {
  readonly lease?: Lease;
  readonly reservation?: Reservation;
}

/** A lease in force. */
export interface HeldLease {
  /** Aborted with BENCH_LEASED when the lease was lost: somebody took it, or removed it. */
  readonly lost: AbortSignal;
  /** Idempotent. */
  release(): void;
}

/** Who asks: `POSRIG_OWNER`, else the user of this machine. */
export const currentOwner = (): string => process.env['POSRIG_OWNER'] || userInfo().username;

const folderOf = (benchFile: string): string => join(dirname(benchFile), '.posrig', 'leases');
const fileOf = (benchFile: string, id: string, kind: 'lease' | 'reservation'): string =>
  join(folderOf(benchFile), `${id}.${kind}.json`);

/** @param id of the bench */
export function benchUse(benchFile: string, id: string, now = Date.now()): BenchUse {
  const lease = read(fileOf(benchFile, id, 'lease'), Lease);
  const reservation = read(fileOf(benchFile, id, 'reservation'), Reservation);
  return {
    ...(lease && alive(lease, now) ? { lease } : {}),
    ...(reservation && Date.parse(reservation.until) > now ? { reservation } : {}),
  };
}

/**
 * Takes the lease of a bench for this process, also from an owner that is dead.
 * @throws RigError BENCH_LEASED when somebody else uses or has reserved it
 */
export function takeLease(
  benchFile: string,
  id: string,
  owner = currentOwner(),
  beatWallMs: number = HEARTBEAT_WALL_MS,
): HeldLease {
  const file = fileOf(benchFile, id, 'lease');
  const token = randomUUID();
  const since = new Date().toISOString();
  const mine = (): Lease => ({
    token,
    owner,
    host: hostname(),
    pid: process.pid,
    born: bornOf(process.pid),
    since,
    heartbeat: new Date().toISOString(),
  });
  locked(benchFile, id, () => {
    const { lease, reservation } = benchUse(benchFile, id);
    if (lease) throw inUse(id, lease);
    if (reservation && reservation.owner !== owner) throw reserved(id, reservation);
    write(file, mine());
  });

  const lost = new AbortController();
  const beat = setInterval(() => {
    try {
      locked(benchFile, id, () => {
        const found = read(file, Lease);
        if (found?.token === token) return write(file, mine());
        const by = found
          ? `${found.owner} (process ${found.pid} on ${found.host}) took it`
          : 'it was removed';
        give(
          new RigError('BENCH_LEASED', 'bench', `the lease of bench ${id} was lost: ${by}`, {
            hint: 'Look at the fixture: two programs may have moved it.',
          }),
        );
      });
    } catch {
      // The disk did not take it this time; the next beat tries again, long before anybody takes us for dead.
    }
  }, beatWallMs);
  beat.unref();
  const give = (why: RigError) => {
    clearInterval(beat);
    if (!lost.signal.aborted) lost.abort(why);
  };
  let released = false;
  return {
    lost: lost.signal,
    release() {
      if (released) return;
      released = true;
      clearInterval(beat);
      locked(benchFile, id, () => {
        if (read(file, Lease)?.token === token) rmSync(file, { force: true });
      });
    },
  };
}

/** Keeps a bench for a person. @throws RigError BENCH_LEASED when somebody else uses or has reserved it */
export function reserve(
  benchFile: string,
  id: string,
  wanted: { readonly owner: string; readonly ms: number; readonly note: string },
): Reservation {
  const now = Date.now();
  const made: Reservation = {
    owner: wanted.owner,
    note: wanted.note,
    since: new Date(now).toISOString(),
    until: new Date(now + wanted.ms).toISOString(),
  };
  locked(benchFile, id, () => {
    const { lease, reservation } = benchUse(benchFile, id, now);
    if (lease && lease.owner !== wanted.owner) throw inUse(id, lease);
    if (reservation && reservation.owner !== wanted.owner) throw reserved(id, reservation);
    write(fileOf(benchFile, id, 'reservation'), made);
  });
  return made;
}

/**
 * Ends a reservation, and with `force` also somebody else's, and the lease of a run, which then ends itself.
 * @returns what was ended @throws RigError BENCH_LEASED when it belongs to somebody else
 */
export function releaseBench(benchFile: string, id: string, owner: string, force: boolean): BenchUse {
  let ended: BenchUse = {};
  locked(benchFile, id, () => {
    const { lease, reservation } = benchUse(benchFile, id);
    if (reservation && reservation.owner !== owner && !force) throw reserved(id, reservation);
    if (lease && !force && !reservation) throw inUse(id, lease);
    if (reservation) rmSync(fileOf(benchFile, id, 'reservation'), { force: true });
    if (lease && force) rmSync(fileOf(benchFile, id, 'lease'), { force: true });
    ended = { ...(reservation ? { reservation } : {}), ...(lease && force ? { lease } : {}) };
  });
  return ended;
}

const inUse = (id: string, lease: Lease): RigError =>
  new RigError(
    'BENCH_LEASED',
    'bench',
    `bench ${id} is in use by ${lease.owner}: process ${lease.pid} on ${lease.host}, since ${lease.since}`,
    {
      hint: 'Wait until it ends; `posrig bench status` shows it, `posrig bench release --force` takes it away.',
    },
  );
const reserved = (id: string, reservation: Reservation): RigError =>
  new RigError(
    'BENCH_LEASED',
    'bench',
    `bench ${id} is reserved by ${reservation.owner} until ${reservation.until}${reservation.note ? `: ${reservation.note}` : ''}`,
    { hint: 'Ask them; `posrig bench release --force` ends it. POSRIG_OWNER says who you are.' },
  );

/** A process of this machine is looked at; one of another machine is believed while its heart beats. */
function alive(lease: Lease, now: number): boolean {
  if (now - Date.parse(lease.heartbeat) > DEAD_AFTER_WALL_MS) return false;
  if (lease.host !== hostname()) return true;
  try {
    process.kill(lease.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return lease.born === '' || lease.born === bornOf(lease.pid);
}

/** When a process began, in clock ticks since the machine did; empty where /proc does not tell. */
function bornOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** What a file says; undefined when it is not there or was written by something else. */
function read<T>(file: string, schema: z.ZodType<T>): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all: nobody ever reads half a file. */
function write(file: string, value: Lease | Reservation): void {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(fresh, file);
}

/** Does `act` while no other process is at these files; a lock that somebody died with is broken. */
function locked(benchFile: string, id: string, act: () => void): void {
  const folder = folderOf(benchFile);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new RigError('BENCH_LEASED', 'bench', `the lease of bench ${id} cannot be written to ${folder}`, {
      hint: 'Whoever uses the bench must be able to write beside its bench file.',
      cause,
    });
  }
  const lock = join(folder, `${id}.lock`);
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries >= LOCK_TRIES) throw error;
      if (ageOf(lock) > LOCK_DEAD_AFTER_WALL_MS) rmSync(lock, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  try {
    act();
  } finally {
    rmdirSync(lock);
  }
}

function ageOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
