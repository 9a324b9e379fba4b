import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Masker, openJournal } from '../../../rig/journal/index.ts';
import type { TestCard } from '../../../rig/model/card.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { EventBody, Recorder } from '../../../rig/model/event.ts';
import type { Clock } from '../../../rig/model/time.ts';

/** Where the relay's events go: masked to the journal, if there is one, and masked to whoever looks on. */
export interface Evidence extends Recorder {
  close(): Promise<void>;
}

/**
 * @param show is called with every event as it may be seen: masked, raw bytes left out
 * @throws USAGE, blame file, when the journal is there already
 */
export function openEvidence(
  file: string | undefined,
  options: { readonly clock: Clock; readonly cards: readonly TestCard[] },
  show: (event: EventBody, wall: string) => void,
): Evidence {
  if (file === undefined) {
    const { clock, cards } = options;
    const masker = new Masker(cards);
    const seen = (event: EventBody, wall: string) => {
      const masked = event.type === 'bytes' ? undefined : masker.event(event);
      if (masked) show(masked, wall);
    };
    return {
      record: (event) => seen(event, clock.wallTime()),
      recordLate: (events) => {
        const now = clock.now();
        const wall = Date.parse(clock.wallTime());
        for (const { event, at } of events) {
          seen(event, new Date(wall - Math.max(0, now - at) / clock.rate).toISOString());
        }
      },
      attach: () => {
        throw new RigError('RIG_DEFECT', 'rig', 'the relay keeps no files');
      },
      close: async () => {},
    };
  }
  if (existsSync(file)) {
    throw new RigError('USAGE', 'file', `${file} is there already`, { hint: 'Give --journal a new file.' });
  }
  const journal = openJournal(dirname(file), { ...options, file: basename(file) });
  journal.subscribe((event) => {
    if (event.type !== 'bytes') show(event, event.wall);
  });
  return journal;
}
