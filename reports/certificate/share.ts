import { availableParallelism } from 'node:os';
import { RigError, type RigErrorOptions } from '../../rig/model/errors.ts';
import { startThread } from '../../rig/model/thread.ts';
import type { ScenarioBrief } from '../model.ts';
import type { Language } from '../words.ts';
import { partOf } from './folder.ts';

/** Which of the pages of a long report one thread writes: every `of`th, from `mine` on. */
export interface Share {
  readonly of: number;
  /** From 0. */
  readonly mine: number;
}

/** Everything that a thread has to know. */
export interface ShareTask {
  readonly folder: string;
  readonly out: string;
  readonly lang: Language;
  readonly planned: number;
  readonly share: Share;
}

/** What comes back from a thread. An error as its parts: classes do not pass between threads. */
export type ShareResult =
  | { readonly scenarios: readonly ScenarioBrief[] }
  | {
      readonly error: Pick<RigError, 'code' | 'blame' | 'message'> & Omit<RigErrorOptions, 'cause'>;
    };

/** Journals from so many bytes are worth the start and the memory of a thread. */
export const WORTH_SHARING = 48 * 1024 * 1024;

/** More threads than this wait for the disk. */
const MOST = 4;

/** Among how many threads a long report is shared; two are of use even where they take turns. */
export const sharesHere = (): number => Math.min(MOST, Math.max(2, availableParallelism()));

/** Whether the sheet of the attempt at that place belongs to a share. */
export const inShare =
  ({ of, mine }: Share) =>
  (place: number): boolean =>
    (partOf(place) - 1) % of === mine;

/** A share that another thread is writing. */
export interface OtherShare {
  /** Briefs of its scenarios, when all its pages are written. Throws what went wrong there, a RigError. */
  done(): Promise<readonly ScenarioBrief[]>;
  /** Ends the thread, whatever it is at. */
  stop(): void;
}

/** Has a share written by a thread of its own, which reads the journal itself. */
export function shareOut(task: ShareTask): OtherShare {
  const thread = startThread<ShareResult>(import.meta.url, 'share-thread', task);
  return {
    done: async () => {
      const done = await thread.answer;
      if ('scenarios' in done) return done.scenarios;
      const { code, blame, message, ...options } = done.error;
      throw new RigError(code, blame, message, options);
    },
    stop: () => thread.stop(),
  };
}
