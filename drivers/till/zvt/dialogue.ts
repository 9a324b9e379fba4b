import { RigError } from '../../../rig/model/errors.ts';
import { readApdu, type ZvtApdu, type ZvtField } from '../../codec/zvt/apdu.ts';
import { answer, apdu } from '../../codec/zvt/build.ts';
import { TIMERS } from '../../codec/zvt/link.ts';
import { type Printed, printedBy } from '../../codec/zvt/print.ts';
import { find, readText } from '../../codec/zvt/show.ts';

/**
 * The till's side of one ZVT command as a pure machine. The till asks; the terminal answers within T3 and then has the word:
 * states, receipts and the result, each of which the till answers, until it says that it is finished. T4 runs from one thing
 * that it says to the next.
 */
export interface Dialogue {
  readonly phase: 'asked' | 'running' | 'done';
  readonly command: string;
  /** All status informations, those said last first; a repeated one is here once. */
  readonly statuses: readonly ZvtApdu[];
  readonly lines: readonly string[];
  /** Character set of texts that name none, as agreed at registration. */
  readonly charset: string | undefined;
  /** The result of the dialogue, in phase `done`. */
  readonly end: DialogueEnd | undefined;
}

export type DialogueEnd =
  | { readonly how: 'completed'; readonly apdu: ZvtApdu }
  | { readonly how: 'aborted' | 'refused'; readonly code: number }
  /** Nobody knows what became of it. */
  | { readonly how: 'lost'; readonly why: string };

export type DialogueEvent =
  | { readonly type: 'apdu'; readonly bytes: Uint8Array }
  | { readonly type: 'timeout' }
  | { readonly type: 'link-lost'; readonly why: string };

export type DialogueEffect =
  | { readonly type: 'send'; readonly apdu: Uint8Array }
  /** The timer that runs from now on; undefined: none. */
  | { readonly type: 'timer'; readonly ms: number | undefined }
  | {
      readonly type: 'state';
      readonly code: number;
      readonly text: string | undefined;
      readonly minutes: number;
    }
  | { readonly type: 'print'; readonly printed: Printed }
  | { readonly type: 'status'; readonly apdu: ZvtApdu }
  | { readonly type: 'note'; readonly text: string };

export interface DialogueStep {
  readonly state: Dialogue;
  readonly effects: readonly DialogueEffect[];
}

/** Asks. @param charset of texts that name none; absent: UTF-8 where it is that, else CP437 */
export function ask(command: Uint8Array, charset?: string): DialogueStep {
  const control = Buffer.from(command.subarray(0, 2)).toString('hex').toUpperCase();
  return {
    state: { phase: 'asked', command: control, statuses: [], lines: [], charset, end: undefined },
    effects: [
      { type: 'send', apdu: command },
      { type: 'timer', ms: TIMERS.t3 },
    ],
  };
}

/** More than a command has of them: what is told beyond is heard and not kept. */
const MOST_STATUSES = 100;
const MOST_LINES = 5000;

/** One step of the dialogue. */
export function dialogueStep(state: Dialogue, event: DialogueEvent): DialogueStep {
  if (state.phase === 'done') return { state, effects: [] };
  if (event.type === 'link-lost') return end(state, { how: 'lost', why: event.why });
  if (event.type === 'timeout') {
    const silent = state.phase === 'asked' ? `${TIMERS.t3 / 1000} s (T3)` : `the time that it had (T4)`;
    return end(state, { how: 'lost', why: `the terminal said nothing for ${silent}` });
  }
  let said: ZvtApdu;
  try {
    said = readApdu(event.bytes);
  } catch (thrown) {
    if (!(thrown instanceof RigError)) throw thrown;
    return { state, effects: [{ type: 'note', text: thrown.message }] };
  }
  return heard(state, said);
}

function heard(state: Dialogue, said: ZvtApdu): DialogueStep {
  const { control } = said;
  if (control === '8000' || control === '8400') return running(state, []);
  if (control.startsWith('84')) {
    const code = Number.parseInt(control.slice(2), 16);
    return state.phase === 'asked'
      ? end(state, { how: 'refused', code })
      : {
          state,
          effects: [{ type: 'note', text: `the terminal refuses our answer: 84 ${control.slice(2)}` }],
        };
  }
  // What it says before it has taken the command is left over from another one: its end would be taken for the end of this.
  if (state.phase === 'asked') {
    const text = `${control} before the terminal has answered belongs to something else; not taken`;
    return { state, effects: [ok, { type: 'note', text }] };
  }
  switch (control) {
    case '04FF':
      return running(state, [ok, stateOf(said)], minutesOf(said));
    case '040F': {
      const key = keyOf(said);
      const known = state.statuses.some((one) => keyOf(one) === key);
      if (known) return running(state, [ok, { type: 'note', text: 'the same status again; taken once' }]);
      const next = { ...state, statuses: [said, ...state.statuses].slice(0, MOST_STATUSES) };
      return running(next, [ok, { type: 'status', apdu: said }]);
    }
    case '06D1':
    case '06D3': {
      const printed = printedBy(said, state.charset) ?? { lines: [], over: false };
      const texts = printed.lines.map(({ text }) => text);
      const next = state.lines.length < MOST_LINES ? { ...state, lines: [...state.lines, ...texts] } : state;
      return running(next, [ok, { type: 'print', printed }]);
    }
    case '060F':
      return end(state, { how: 'completed', apdu: said }, [ok]);
    case '061E':
      return end(state, { how: 'aborted', code: said.fields[0]?.value[0] ?? 0xff }, [ok]);
    default:
      // What a till does not know it refuses; the dialogue goes on.
      return running(state, [{ type: 'send', apdu: answer(0x83) }]);
  }
}

const ok = { type: 'send', apdu: apdu('8000') } as const;

function running(state: Dialogue, effects: readonly DialogueEffect[], minutes = 0): DialogueStep {
  const ms = minutes > 0 ? minutes * 60_000 : TIMERS.t4;
  return { state: { ...state, phase: 'running' }, effects: [...effects, { type: 'timer', ms }] };
}

function end(state: Dialogue, how: DialogueEnd, effects: readonly DialogueEffect[] = []): DialogueStep {
  return {
    state: { ...state, phase: 'done', end: how },
    effects: [...effects, { type: 'timer', ms: undefined }],
  };
}

function stateOf({ fields }: ZvtApdu): DialogueEffect {
  const texts = fields.flatMap((field) => textsOf(field.children));
  return {
    type: 'state',
    code: fields[0]?.value[0] ?? 0xff,
    text: texts.length > 0 ? texts.join(' ') : undefined,
    minutes: minutesOf({ fields }),
  };
}

const minutesOf = ({ fields }: Pick<ZvtApdu, 'fields'>): number => {
  const field = fields.find(({ id }) => id === 'minutes');
  const digits = field ? Buffer.from(field.value).toString('hex') : '0';
  return /^\d+$/.test(digits) ? Number(digits) : 0;
};

/** All texts of a state, in order. */
const textsOf = (fields: readonly ZvtField[]): string[] =>
  fields.flatMap((field) => (field.id === '07' ? [readText(field.value)] : textsOf(field.children)));

/** A status information by what it is about; the same transaction is told of once. */
const keyOf = ({ fields }: ZvtApdu): string =>
  fields.map(({ id, value }) => `${id}=${Buffer.from(value).toString('hex')}`).join(' ');

/** What a status information says of a transaction. */
export interface Told {
  readonly result: number;
  readonly amount: number | undefined;
  readonly receipt: string | undefined;
  readonly trace: string | undefined;
  readonly time: string | undefined;
  readonly currency: string | undefined;
}

/** The fields of a status information that name a transaction. */
export function toldBy({ fields }: ZvtApdu): Told {
  const digits = (id: string): string | undefined => {
    const found = find(fields, id);
    return found && Buffer.from(found.value).toString('hex');
  };
  const amount = digits('04');
  return {
    result: find(fields, '27')?.value[0] ?? 0,
    amount: amount !== undefined && /^\d+$/.test(amount) ? Number(amount) : undefined,
    receipt: digits('87'),
    trace: digits('0B'),
    time: digits('0D') === undefined ? undefined : `${digits('0D')}${digits('0C') ?? ''}`,
    currency: digits('49')?.slice(1),
  };
}
