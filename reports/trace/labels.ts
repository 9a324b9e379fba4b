import type { JournalEvent } from '../../rig/model/event.ts';
import { formatMoney } from '../../rig/model/money.ts';
import { isTillFault } from '../../rig/model/till-fault.ts';
import { oneLine } from '../text.ts';

/** Lanes of the timeline, from top to bottom: the planes, and what the rig itself did and judged. */
export const LANES = [
  'rig',
  'operator',
  'keypad',
  'card',
  'till',
  'display',
  'printer',
  'network',
  'host',
  'power',
] as const;
export type Lane = (typeof LANES)[number];

/** `bad`: something is wrong; `fault`: put in on purpose; `key`: what a reader looks for first. */
export type Tone = 'bad' | 'fault' | 'key';

export function laneOf(event: JournalEvent): Lane {
  switch (event.type) {
    case 'bytes':
    case 'link':
    case 'message':
      return event.plane;
    case 'fault':
      return isTillFault(event.proof) ? 'till' : 'network';
    case 'path':
      return 'network';
    case 'key':
      return 'keypad';
    case 'card':
      return 'card';
    case 'power':
      return 'power';
    case 'screen':
      return 'display';
    case 'receipt':
      return 'printer';
    case 'ledger':
      return 'host';
    default:
      return 'rig';
  }
}

export function toneOf(event: JournalEvent): Tone | undefined {
  switch (event.type) {
    case 'fault':
      return 'fault';
    case 'expectation':
    case 'invariant':
    case 'scenario.end':
      return event.verdict === 'passed' || event.verdict === 'skipped' ? undefined : 'bad';
    case 'receipt':
      return event.forbidden.length > 0 ? 'bad' : 'key';
    case 'message':
    case 'step.start':
      return 'key';
    case 'key':
      return event.verified === 'missed' || event.verified === 'wrong' ? 'bad' : undefined;
    default:
      return undefined;
  }
}

/** An event in a few words; texts of devices and files are made printable. */
export const labelOf = (event: JournalEvent): string => oneLine(wordsOf(event), 200);

function wordsOf(event: JournalEvent): string {
  switch (event.type) {
    case 'bytes':
      return `${event.dir} ${event.count} bytes · ${event.stream}${event.withheld ? ` · withheld: ${event.withheld}` : ''}`;
    case 'link':
      return `${event.stream}: ${event.state}${event.detail ? ` · ${event.detail}` : ''}`;
    case 'message': {
      const { direction, mti, kind, stan, amount, code } = event.message;
      return `${direction === 'request' ? '→' : '←'} ${mti} ${kind} ${stan ? `#${stan}` : ''} ${amount ? formatMoney(amount) : ''} ${code ? `code ${code}` : ''}${event.note ? ` · ${event.note}` : ''}`;
    }
    case 'fault':
      // Before it has struck, its proof can only say that it has not.
      return `fault ${event.phase}: ${event.proof.fault.do} @ ${event.proof.fault.at}${/^(asked|armed)$/.test(event.phase) ? '' : ` · ${event.proof.summary}`}`;
    case 'path':
      return `${event.region} · ${event.access} · ${event.egress} · ${event.rttMs} ms`;
    case 'key':
      return `key ${event.key} · ${event.verified}`;
    case 'card':
      return `${event.action} ${event.card}`;
    case 'power':
      return `power ${event.state}`;
    case 'screen':
      return event.lines
        .map((line) => line.trim())
        .filter(Boolean)
        .join(' / ');
    case 'receipt':
      return `slip, ${event.slip.copy}${event.slip.duplicate ? ', duplicate' : ''}${event.forbidden.length > 0 ? ` · forbidden: ${event.forbidden.join(', ')}` : ''}`;
    case 'expectation':
      return `${event.verdict}: ${event.path}: expected ${event.expected}, observed ${event.observed}`;
    case 'invariant':
      return `${event.verdict}: ${event.name}: ${event.reason}`;
    case 'ledger':
      return `ledger: ${event.entries.length} entries, ${event.settlements.length} settlements`;
    case 'step.start':
      return `step ${event.step}: ${event.title}`;
    case 'step.end':
      return `step ${event.step} → ${event.outcome}`;
    case 'scenario.start':
      return `${event.id} begins`;
    case 'scenario.end':
      return `${event.id}: ${event.verdict}${event.reason ? ` · ${event.reason}` : ''}`;
    case 'artefact':
      return `kept ${event.name}`;
    case 'note':
      return event.text;
    default:
      return event.type;
  }
}
