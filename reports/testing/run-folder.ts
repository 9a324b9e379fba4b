import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../../rig/journal/journal.ts';
import { TestCard } from '../../rig/model/card.ts';
import type { Clock } from '../../rig/model/time.ts';
import { Fixture } from './fixture.ts';

const card = TestCard.parse({
  id: 'debit-1',
  title: { en: 'Debit card one', zh: '借记卡一' },
  scheme: 'CUP',
  pan: '6299990000000000012',
  expiry: '3012',
  pin: '123456',
  entry: ['chip'],
});

/** A clock that moves only when told: the same journal every time. */
function handClock(): { readonly clock: Clock; advance(ms: number): void } {
  let now = 0;
  const clock: Clock = {
    rate: 30,
    now: () => now,
    wallTime: () => new Date(Date.UTC(2026, 10, 22, 9, 30) + now / 30).toISOString(),
    sleep: () => Promise.resolve(),
    after: () => () => undefined,
  };
  return {
    clock,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** Writes a fixture journal into a fresh folder (or `folder`) and returns the folder. */
export async function writeRun(
  folder = mkdtempSync(join(tmpdir(), 'posrig 报告-')),
  write: (fixture: Fixture) => void = (fixture) => {
    fixture.writeAll();
  },
): Promise<string> {
  const { clock, advance } = handClock();
  const journal = openJournal(folder, { clock, cards: [card] });
  write(new Fixture(journal, advance));
  await journal.close();
  return folder;
}

export const removeRun = (folder: string): void => rmSync(folder, { recursive: true, force: true });
