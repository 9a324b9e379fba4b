import { RigError } from '../../../rig/model/errors.ts';
import { DIALECT, type DialectId, detectDialect } from '../../codec/grbl/dialects.ts';
import { parseMarlin } from '../../codec/grbl/marlin.ts';
import { parseResponse } from '../../codec/grbl/responses.ts';
import type { SerialStream } from '../../transport/serial.ts';
import { type Case, differs, type Found, type Outcome } from './case.ts';
import { GRBL_CASES } from './grbl-cases.ts';
import { GRBL_MOTION } from './grbl-motion.ts';
import { restart } from './grbl-state.ts';
import { MARLIN_CASES } from './marlin-cases.ts';
import { Mismatch, type Said, Silence, type Talk, talkOver } from './talk.ts';
import { unasked } from './unasked.ts';

export interface ConformOptions {
  readonly dialect: DialectId | 'auto';
  readonly allowMotion: boolean;
  /** mm that a transcript may move an axis. */
  readonly box: number;
  /** How long it may greet by itself after the port was opened, wall ms. */
  readonly bootMs: number;
  /** How long a single answer may take, wall ms. */
  readonly patienceMs: number;
}

export interface CaseResult extends Outcome {
  readonly id: string;
  readonly title: string;
  readonly transcript: readonly Said[];
}

export interface Conformance {
  readonly greeting: string;
  readonly dialect: DialectId;
  readonly cases: readonly CaseResult[];
}

const RESTART_MS = 10_000;
/**
 * How many transcripts a bad line may spoil and have tried again. Serial lines lose a byte now and then, and native builds
 * do on a loaded machine; a controller that is wrong is wrong again, and too often is wrong, too.
 */
const DISTURBED_LIMIT = 3;
/** Nothing moves without leave; reports are rounded to micrometres. */
const STILL = 0.002;

/**
 * Plays every transcript of the controller's dialect against whatever is on a port, and says what came of each. Only
 * order counts. No setting is ever written. Nothing moves unless `allowMotion`; at the end the controller is reset.
 * Errors: TRANSPORT_TIMEOUT (no controller answers), TRANSPORT_LOST.
 * @param tell called with every result as it comes
 */
export async function conform(
  serial: SerialStream,
  options: ConformOptions,
  tell: (result: CaseResult) => void = () => {},
): Promise<Conformance> {
  const talk = talkOver(serial, options.patienceMs);
  const { greeting, dialect } = await meet(talk, options).catch((error: unknown) => {
    if (!(error instanceof Mismatch)) throw error;
    throw new RigError(
      'TRANSPORT_PROTOCOL',
      'bench',
      `the controller does not say who it is: ${error.message}`,
      {
        hint: 'Is it the right port and baud rate?',
        cause: error,
      },
    );
  });
  const cases: CaseResult[] = [];
  const add = (result: CaseResult) => {
    cases.push(result);
    tell(result);
  };
  const found: Found = { settings: new Map(), start: undefined, unlocked: false, homed: false };
  let silent: string | undefined;
  let disturbed = 0;
  for (const each of casesOf(dialect)) {
    talk.begin();
    const play = () => played(each, talk, found, options);
    let outcome: Played = silent
      ? { result: 'skipped', note: `it no longer answers since ${silent}` }
      : await play();
    let transcript = [...talk.transcript];
    if (outcome.result === 'failed' && !(await recovered(talk))) silent = each.id;
    else if (outcome.disturbed && ++disturbed <= DISTURBED_LIMIT) {
      const first = outcome.note;
      talk.begin();
      outcome = await play();
      transcript = [...transcript, ...talk.transcript];
      if (outcome.result === 'failed') {
        if (!(await recovered(talk))) silent = each.id;
      } else outcome = differs(`only when tried again; at first: ${first}`);
    }
    const { result, note } = outcome;
    add({ id: each.id, title: each.title, result, ...(note === undefined ? {} : { note }), transcript });
  }
  if (!options.allowMotion && silent === undefined) {
    talk.begin();
    const outcome = await stillThere(talk, found);
    add({
      id: 'nothing-moved',
      title: 'it stands where it stood',
      ...outcome,
      transcript: [...talk.transcript],
    });
  }
  if (dialect !== 'marlin') await restart(talk).catch(() => {});
  return { greeting, dialect, cases };
}

const casesOf = (dialect: DialectId): readonly Case[] =>
  [...GRBL_CASES, ...GRBL_MOTION, ...MARLIN_CASES].filter((each) => each.dialects.includes(dialect));

/** `disturbed`: it failed because of bytes that were lost or damaged on the way, not of what was said. */
interface Played extends Outcome {
  readonly disturbed?: true;
}

async function played(each: Case, talk: Talk, found: Found, options: ConformOptions): Promise<Played> {
  if (each.moves && !options.allowMotion) return { result: 'skipped', note: 'moves; needs --allow-motion' };
  try {
    return await each.run(talk, found, options.box);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    // A whole word that stops presses is not forgiven as a bad line is, in whichever language it was said.
    const alarm = unasked(talk.transcript, talk.dialect);
    if (alarm !== undefined) return { result: 'failed', note: `${alarm} came unasked: ${error.message}` };
    const disturbed = error instanceof Silence || talk.damaged;
    return { result: 'failed', note: error.message, ...(disturbed ? { disturbed } : {}) };
  }
}

/** After a failure: a reset brings every controller back to a known place in the conversation. */
async function recovered(talk: Talk): Promise<boolean> {
  try {
    if (talk.dialect === 'marlin') await talk.exchange('\n');
    else await restart(talk);
    return true;
  } catch (error) {
    if (error instanceof Mismatch) return false;
    throw error;
  }
}

async function stillThere(talk: Talk, found: Found): Promise<Outcome> {
  try {
    const now = (await talk.status()).mpos;
    const { start } = found;
    if (!now || !start) return { result: 'skipped', note: 'it reports no machine position' };
    const off = Math.max(Math.abs(now.x - start.x), Math.abs(now.y - start.y), Math.abs(now.z - start.z));
    return off <= STILL ? { result: 'ok' } : { result: 'failed', note: `it moved by ${off.toFixed(3)} mm` };
  } catch (error) {
    if (error instanceof Mismatch) return { result: 'failed', note: error.message };
    throw error;
  }
}

/** Finds out who is there: by its own greeting, that after a reset, what it says of itself, and Marlin's way. */
async function meet(talk: Talk, options: ConformOptions) {
  const greeting = await greetingOf(talk, options);
  const marlin = greeting !== undefined && /Marlin|^start$/.test(greeting);
  talk.speak(marlin ? 'marlin' : 'grbl');
  const said = marlin ? [] : (await talk.exchange('\n$I\n')).said;
  const heard = greeting === undefined ? [] : [parseResponse(greeting)];
  const dialect = marlin ? 'marlin' : detectDialect([...heard, ...said]);
  if (!dialect) {
    throw new RigError(
      'TRANSPORT_PROTOCOL',
      'bench',
      `"${greeting ?? ''}" is no controller that posrig knows`,
      {
        hint: 'It must be Grbl 1.1, grblHAL, FluidNC or Marlin.',
      },
    );
  }
  if (options.dialect !== 'auto' && options.dialect !== dialect) {
    throw new RigError(
      'TRANSPORT_PROTOCOL',
      'bench',
      `the controller speaks ${DIALECT[dialect].title}, not ${DIALECT[options.dialect].title}`,
      { hint: 'Leave --dialect away to take what is there.' },
    );
  }
  talk.speak(dialect);
  return { greeting: greeting ?? '(none)', dialect };
}

async function greetingOf(
  talk: Talk,
  { bootMs, dialect, patienceMs }: ConformOptions,
): Promise<string | undefined> {
  const isGreeting = (line: string) => {
    const [grbl, marlin] = [parseResponse(line), parseMarlin(line)];
    return grbl.kind === 'banner' || marlin.kind === 'banner' || marlin.kind === 'identity';
  };
  const heard = (ms: number) => talk.line('a greeting', (_, line) => isGreeting(line), ms);
  const tries: (() => Promise<string>)[] = [() => heard(bootMs)];
  if (dialect !== 'marlin') {
    tries.push(async () => {
      await talk.send(Uint8Array.of(0x18));
      return heard(Math.min(RESTART_MS, 2 * patienceMs));
    });
  }
  tries.push(async () => {
    await talk.send('\nM115\n');
    const line = await heard(patienceMs);
    await talk.line('ok', (response) => response.kind === 'ok', patienceMs);
    return line;
  });
  for (const attempt of tries) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Silence)) throw error;
    }
  }
  // A greeting can be configured away: what it says of itself counts.
  try {
    await talk.exchange('\n');
    return undefined;
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new RigError('TRANSPORT_TIMEOUT', 'bench', 'nobody answers on this port', {
      hint: 'Is it powered, is it the right port and baud rate, is the emergency stop released?',
      cause: error,
    });
  }
}
