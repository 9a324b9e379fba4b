import { RigError } from '../model/errors.ts';
import { startThread } from '../model/thread.ts';
import type { Checked } from './check-thread.ts';
import { damage, type JournalExtent } from './lines.ts';

/** A journal that is being held to its chain by another thread. */
export interface CheckBeside {
  /** Throws JOURNAL_DAMAGED when a break is known by now. */
  throwBreak(): void;
  /** Waits for the end. Throws JOURNAL_DAMAGED for a break. */
  end(): Promise<{ readonly head: string; readonly sha256: string }>;
  /** Ends the thread, whatever it is at. */
  stop(): void;
}

/**
 * Holds a journal to its hash chain in a thread of its own: that is half of the work of reading one, and needs nothing of
 * the other half. The thread reads the file itself, so that nothing is handed over but the result.
 */
export function checkBeside(extent: JournalExtent): CheckBeside {
  const thread = startThread<Checked>(import.meta.url, 'check-thread', extent);
  let outcome: Checked | undefined;
  thread.answer.then(
    (checked) => {
      outcome = checked;
    },
    () => undefined,
  );
  const throwBreak = () => {
    if (outcome && 'sentence' in outcome) throw damage(outcome.sentence, outcome.at);
  };
  return {
    throwBreak,
    end: async () => {
      const checked = await thread.answer.catch((cause: unknown) => {
        throw new RigError('FILE_UNREADABLE', 'file', `Cannot check ${extent.file}`, { cause });
      });
      if ('sentence' in checked) throw damage(checked.sentence, checked.at);
      return checked;
    },
    stop: () => thread.stop(),
  };
}
