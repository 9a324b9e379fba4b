import type { FaultProof } from '../../rig/model/fault.ts';
import { isTillFault, type TillFaultProof } from '../../rig/model/till-fault.ts';
import { faultLook, hitOf } from '../fault-looks.ts';
import type { Happening, ScenarioView } from '../model.ts';
import { phrase } from '../phrases.ts';
import { faultTerm, term } from '../terms.ts';
import { oneLine } from '../text.ts';
import type { Language } from '../words.ts';
import { dialogueOf, type Exchanged } from './dialogue.ts';
import { copyOf } from './parts.ts';
import { tellingScreens } from './screens.ts';
import { word } from './words.ts';

export type Lane = 'terminal' | 'network' | 'host';

/** Something that happened at one of the parties. */
export interface Mark {
  readonly kind: 'mark';
  readonly n: number;
  readonly t: number;
  readonly text: string;
  readonly lane: Lane;
  readonly strong: boolean;
}

/** Characters of a text in the diagram. */
const LONGEST = 84;

/** What one row of the diagram shows, in the order of the journal. */
export type Row =
  | { readonly kind: 'step'; readonly n: number; readonly text: string }
  | { readonly kind: 'message'; readonly n: number; readonly t: number; readonly exchanged: Exchanged }
  | {
      readonly kind: 'fault';
      readonly n: number;
      readonly t: number;
      readonly text: string;
      readonly struck: boolean;
      /** Where it struck: on the path, or on the terminal's cable to its till. */
      readonly lane: Lane;
      /** Stands for the action where there is little room. */
      readonly sign: string;
    }
  | Mark;

/** `main` leaves out what hand and terminal did between the messages. */
export type Detail = 'all' | 'main';

/** The rows of a scenario's diagram from top to bottom. */
export function rowsOf(scenario: ScenarioView, lang: Language, detail: Detail): readonly Row[] {
  const rows: Row[] = dialogueOf(scenario).map((exchanged) => ({
    kind: 'message',
    n: exchanged.at.n,
    t: exchanged.at.t,
    exchanged,
  }));
  rows.push(
    ...marksOf(scenario, lang).filter((row) => detail === 'all' || row.kind === 'fault' || isMain(row)),
  );
  for (const step of scenario.steps) {
    const outcome = step.outcome ? `  →  ${term(step.outcome, lang)}` : '';
    const text = `${word(lang, 'step')} ${step.step}   ${oneLine(phrase(step.title, lang), 90)}${outcome}`;
    rows.push({ kind: 'step', n: firstOf(scenario, step.step), text });
  }
  return rows.sort((a, b) => a.n - b.n || (a.kind === 'step' ? -1 : 1));
}

const isMain = (row: Row) => row.kind === 'mark' && (row.strong || row.lane === 'network');

/** A step's band stands above the first thing that happened in it. */
function firstOf(scenario: ScenarioView, step: number): number {
  const at = scenario.happenings.find((happening) => happening.at.step >= step)?.at.n;
  return (at ?? Number.MAX_SAFE_INTEGER) - 0.5;
}

/** What happened besides messages; keys in a row become one mark, and of a step's screens only the telling one is drawn. */
function marksOf(scenario: ScenarioView, lang: Language): readonly Row[] {
  const rows: Row[] = [];
  const told = new Set(tellingScreens(scenario).map(({ at }) => at.n));
  let keys: { readonly n: number; readonly t: number; readonly names: string[] } | undefined;
  const flushKeys = () => {
    if (!keys) return;
    const text = oneLine(`${word(lang, 'keys')} ${compact(keys.names)}`, LONGEST);
    rows.push({ kind: 'mark', n: keys.n, t: keys.t, text, lane: 'terminal', strong: false });
    keys = undefined;
  };
  for (const happening of scenario.happenings) {
    const { n, t } = happening.at;
    if (happening.type === 'key') {
      keys ??= { n, t, names: [] };
      keys.names.push(happening.verified === 'missed' ? `${happening.key}✕` : happening.key);
      continue;
    }
    // Screens come between the keys of one entry.
    if (happening.type === 'screen' && !told.has(n)) continue;
    flushKeys();
    if (happening.type === 'fault') {
      const { phase, proof } = happening;
      const text = oneLine(
        phase === 'struck'
          ? struckText(scenario.faults.get(proof.id)?.proof ?? proof, lang)
          : `${isTillFault(proof) ? `${word(lang, 'tillCable')}: ` : ''}${faultTerm(proof.fault.do, lang)} · ${term(phase, lang)}`,
        LONGEST,
      );
      if (phase === 'struck' || phase === 'healed')
        rows.push({
          kind: 'fault',
          n,
          t,
          text,
          struck: phase === 'struck',
          lane: isTillFault(proof) ? 'terminal' : 'network',
          sign: faultLook(proof.fault.do).sign,
        });
      continue;
    }
    const mark = markOf(happening, lang);
    if (mark) rows.push({ kind: 'mark', n, t, ...mark, text: oneLine(mark.text, LONGEST) });
  }
  flushKeys();
  return rows;
}

/** What a fault did and where it hit, short enough for a drawing; the table of faults quotes the whole proof. */
function struckText(proof: FaultProof | TillFaultProof, lang: Language): string {
  if (isTillFault(proof)) return cableText(proof, lang);
  const { fault, trigger, swallowed, heldMs } = proof;
  const how = fault.how === undefined ? '' : ` ${term(fault.how, lang)}`;
  const what = `${faultTerm(fault.do, lang)}${how} @ ${term(fault.at, lang)}`;
  const hit = hitOf(proof);
  const bytes = fault.at.startsWith('request') ? swallowed.request : swallowed.response;
  const { effect } = faultLook(fault.do);
  return [
    what,
    ...(hit && hit.byte > 0 ? [word(lang, 'byteOf', hit.byte, hit.of)] : []),
    ...(trigger && effect === 'lost' && bytes > 0 && !hit?.byte
      ? [word(lang, 'swallowed', bytes, trigger.mti)]
      : []),
    ...(effect === 'shaped' && heldMs !== undefined && heldMs >= 1
      ? [word(lang, 'held', Math.round(heldMs))]
      : []),
    ...(fault.to === undefined ? [] : [`→ ${fault.to}`]),
    ...(fault.access === undefined ? [] : [`→ ${fault.access}`]),
  ].join(' · ');
}

/** What was done to the till's cable, in what both languages say of it. */
function cableText({ fault, touched }: TillFaultProof, lang: Language): string {
  const what = `${word(lang, 'tillCable')}: ${faultTerm(fault.do, lang)} @ ${term(fault.at, lang)}`;
  return touched > 0 ? `${what} · ${word(lang, 'touched', touched)}` : what;
}

/** What a happening looks like in one line; undefined for what other rows or tables show. */
function markOf(happening: Happening, lang: Language): Omit<Mark, 'kind' | 'n' | 't'> | undefined {
  const plain = (text: string, lane: Lane = 'terminal') => ({ text, lane, strong: false });
  const strong = (text: string, lane: Lane = 'terminal') => ({ text, lane, strong: true });
  switch (happening.type) {
    case 'screen':
      return strong(
        `“${happening.lines
          .map((line) => line.trim())
          .filter(Boolean)
          .join(' / ')}”`,
      );
    case 'card':
      return plain(`${word(lang, 'card')} ${term(happening.action, lang)} ${happening.card}`);
    case 'power':
      return strong(`${word(lang, 'power')} ${term(happening.state, lang)}`);
    case 'receipt':
      return plain(
        `${word(lang, 'slipPrinted')} ${copyOf(happening.slip.copy, lang)}${happening.slip.duplicate ? ` (${term('duplicate', lang)})` : ''}`,
      );
    case 'path':
      return plain(
        `⇄ ${happening.region} · ${happening.access} · ${happening.egress} · ${happening.rttMs} ms ± ${happening.jitterMs}`,
        'network',
      );
    case 'link':
      if (happening.plane === 'network' && /^tls\b/i.test(happening.state))
        return plain([happening.state, happening.detail].filter(Boolean).join(' · '), 'network');
      return happening.state === 'lost'
        ? strong(`${term(happening.plane, lang)} ${happening.stream}: ${term(happening.state, lang)}`)
        : undefined;
    default:
      return undefined;
  }
}

/** `1 2 8 5 0 ENTER`; a PIN's stars become `PIN`. */
function compact(names: readonly string[]): string {
  return names.join(' ').replace(/\*(?: \*)+/g, 'PIN');
}
