import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { DriverContext } from '../../../rig/bench/planes.ts';
import { Profile } from '../../../rig/bench/profile.ts';
import { CardFile } from '../../../rig/model/card.ts';
import type { EventBody } from '../../../rig/model/event.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { listRecorder } from '../../transport/testing/pty.ts';

/** What a driver is given, for tests: the shipped profile and cards, a fast clock, a recorder that keeps everything. */
export interface TestContext extends DriverContext {
  readonly events: EventBody[];
  readonly losses: Error[];
  readonly abort: AbortController;
}

export function makeContext(clock: Clock = makeClock(100)): TestContext {
  const recorder = listRecorder();
  const losses: Error[] = [];
  const abort = new AbortController();
  const load = (path: string): unknown => parse(readFileSync(packaged(path), 'utf8'));
  return {
    clock,
    recorder,
    events: recorder.events,
    profile: Profile.parse(load('drivers/terminal/profiles/vt-4.yaml')),
    cards: CardFile.parse(load('scenarios/cards.yaml')).cards,
    seed: 1,
    resolve: packaged,
    signal: abort.signal,
    abort,
    losses,
    lost: (error) => void losses.push(error),
  };
}

/** Runs out of patience a hundred times sooner, for tests in which nothing is to come. */
export const hastyClock = (): Clock => ({ ...makeClock(100), rate: 1 });
