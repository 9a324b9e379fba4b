export { JOURNAL_FILE, type Journal, type JournalListener, openJournal } from './journal.ts';
export { Masker } from './masker.ts';
export { eventOf, type ReadOptions, readJournal } from './read.ts';
