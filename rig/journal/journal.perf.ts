import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, report } from '../house/measure.ts';
import { TestCard } from '../model/card.ts';
import type { EventBody } from '../model/event.ts';
import { makeClock } from '../model/time.ts';
import { openJournal } from './journal.ts';

/** Measures recording: `node --import tsx rig/journal/journal.perf.ts [events]`. Prints events a second per kind. */
const count = Number(process.argv[2] ?? 200_000);
const cards = Array.from({ length: 20 }, (_, i) =>
  TestCard.parse({
    id: `card-${i}`,
    title: { en: 'card', zh: '卡' },
    scheme: 'CUP',
    pan: `62516408${String(12345670 + i * 37)}`,
    expiry: '3012',
    pin: String(401234 + i * 7),
    entry: ['chip'],
  }),
);
const samples: Readonly<Record<string, EventBody>> = {
  note: { type: 'note', level: 'info', text: 'The terminal is idle and signed on.' },
  bytes: {
    type: 'bytes',
    plane: 'network',
    stream: 'c1',
    dir: 'in',
    hex: '6000030000603100310000'.repeat(8),
    count: 88,
  },
  screen: {
    type: 'screen',
    seq: 1,
    lit: true,
    lines: ['SALE', 'AMOUNT  CNY 128.50', '', 'OK / CANCEL'],
    state: 'amount',
  },
  'screen with a card': {
    type: 'screen',
    seq: 1,
    lit: true,
    lines: ['SALE', `${cards[0]?.pan}`, '', ''],
    state: 'card',
  },
};
const folder = mkdtempSync(join(tmpdir(), 'posrig-perf-'));
const journal = openJournal(folder, { clock: makeClock(), cards });
const figures: Figure[] = [];
for (const [kind, sample] of Object.entries(samples)) {
  const from = process.hrtime.bigint();
  for (let i = 0; i < count; i++) journal.record(sample);
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  figures.push({ name: `record ${kind}`, value: count / seconds, unit: 'events/s' });
}
await journal.close();
rmSync(folder, { recursive: true });
report(figures);
