import { readFileSync } from 'node:fs';

/**
 * Who created something: a process, told apart from a later one with the same number by the time at which it started.
 * Every table and namespace carries its owner in its name, every interface in its alias, so that what a killed process
 * left behind can be told from what a living one uses.
 */
export interface Owner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, base 36 (proc(5), field 22 of stat). */
  readonly started: string;
}

/** Start of a process in clock ticks since boot, base 36; undefined when there is no such process. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name stands in brackets and may itself contain blanks and brackets; a zombie is no process any more.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(fields[18]).toString(36);
  } catch {
    return undefined;
  }
}

let self: Owner | undefined;

/** This process. */
export function thisOwner(): Owner {
  self ??= { pid: process.pid, started: startOf(process.pid) ?? '0' };
  return self;
}

export const isAlive = ({ pid, started }: Owner): boolean => startOf(pid) === started;

/** `posrig-<pid>-<start>`: table names, name prefixes of namespaces, aliases of interfaces. */
export const tagOf = ({ pid, started }: Owner): string => `posrig-${pid}-${started}`;

const TAG = /^posrig-(\d{1,7})-([0-9a-z]{1,12})(?:-[a-z0-9-]{1,40})?$/;

/** The owner in a name or alias; undefined when it is not one of ours. */
export function ownerOf(name: string): Owner | undefined {
  const match = TAG.exec(name);
  return match ? { pid: Number(match[1]), started: match[2] ?? '' } : undefined;
}

/** Kernel limit on interface names is 15 characters, so they carry the process number alone: `posrig2hwcg-7`. */
export const linkName = ({ pid }: Owner, number: number): string =>
  `posrig${pid.toString(36)}-${number.toString(36)}`;

/** Interface names that {@link linkName} makes; whose it is stands in the alias. */
export const LINK_NAME = /^posrig[0-9a-z]{1,5}-[0-9a-z]{1,3}$/;

/** Marks routes and rules as ours (`proto` of ip-route(8) and ip-rule(8)): they have no names. No daemon uses it. */
export const ROUTE_PROTOCOL = 173;
