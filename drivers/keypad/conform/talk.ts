import { RigError } from '../../../rig/model/errors.ts';
import { splitLines } from '../../codec/framing/lines.ts';
import { REALTIME } from '../../codec/grbl/commands.ts';
import type { DialectId } from '../../codec/grbl/dialects.ts';
import { parseMarlin } from '../../codec/grbl/marlin.ts';
import { isWhole, parseResponse, type Response, type StatusReport } from '../../codec/grbl/responses.ts';
import type { SerialStream } from '../../transport/serial.ts';

/** Longest line that is kept, bytes. */
const LINE_LIMIT = 1024;
/** Lines of one case that are kept; a controller that never stops talking fills no memory. */
const TRANSCRIPT_LIMIT = 2000;

/**
 * A byte that every controller of Grbl's family drops. Native builds of Grbl exist that look at a byte only when the
 * next one comes: without it the end of every line would wait for the line after it.
 */
const NUDGE = Uint8Array.of(0xb5);
const NUDGE_AFTER_MS = { first: 400, longest: 5000 } as const;
/** How often the status is asked for before it counts as not answered. */
const STATUS_ASKED = 4;

/** The controller did not say what it must: the case has failed. */
export class Mismatch extends Error {}
/** It said nothing for too long; what else it will do with the line is unknown. */
export class Silence extends Mismatch {}

/** One line of a transcript: `>` to the controller, `<` from it. Bytes that are no text stand as `\x18`. */
export type Said = `${'>' | '<'} ${string}`;

/** What came back for something that was sent, up to the end mark. */
export interface Exchange {
  /** `ok` and `error:N` in order. */
  readonly answers: readonly string[];
  /** Everything else. */
  readonly said: readonly Response[];
  readonly lines: readonly string[];
}

/**
 * A conversation in which only the order of lines counts, never their time: what is expected is either heard before the
 * deadline, however slow the other end is, or it is not.
 */
export interface Talk {
  readonly dialect: DialectId;
  /** What was said since `begin`. */
  readonly transcript: readonly Said[];
  /** A line since then was none of its protocol. */
  readonly damaged: boolean;
  speak(dialect: DialectId): void;
  /** Forgets what was heard so far, and begins a new transcript. */
  begin(): void;
  send(text: string | Uint8Array): Promise<void>;
  /** The next line for which `wanted` holds; lines before it are passed over. Throws Silence. */
  line(what: string, wanted: (response: Response, line: string) => boolean, ms?: number): Promise<string>;
  /** Sends `text` and an end mark that every controller answers; returns what came before the mark's answer. */
  exchange(text: string, ms?: number): Promise<Exchange>;
  /**
   * State and place. A request that is not answered, or whose answer is damaged, is made again: it changes nothing, and
   * on a real line both happen. Throws Silence, or Mismatch when no report can be read.
   */
  status(): Promise<StatusReport>;
}

/** The request that ends an exchange, and how its answer begins: allowed in every state but sleep, moves nothing. */
const MARK: Readonly<Record<'grbl' | 'marlin', { readonly ask: string; readonly answer: RegExp }>> = {
  grbl: { ask: '$G\n', answer: /^\[GC:/ },
  marlin: { ask: 'M114\n', answer: /^X:/ },
};

/** @param patienceMs how long a single answer may take, wall ms */
export function talkOver(serial: SerialStream, patienceMs: number): Talk {
  const splitter = splitLines(LINE_LIMIT);
  let dialect: DialectId = 'grbl';
  let heard: string[] = [];
  let transcript: Said[] = [];
  let wake = () => {};
  let over: RigError | undefined;
  let nudging = false;
  let damaged = false;

  const note = (said: Said) => {
    if (transcript.length < TRANSCRIPT_LIMIT) transcript.push(said);
  };
  serial.onData((chunk) => {
    for (const item of splitter.push(chunk)) {
      if (!('line' in item) || item.line.trim() === '') continue;
      // CR LF is the usual end; a lone CR can be left of a greeting that begins with it.
      const line = item.line.replace(/^\r+/, '');
      note(`< ${line}`);
      // Marlin says much that is no answer; Grbl's family does not.
      if (dialect !== 'marlin' && understand(line).kind === 'unknown') damaged = true;
      if (heard.length < TRANSCRIPT_LIMIT) heard.push(line);
    }
    wake();
  });
  void serial.closed.then((error) => {
    over = error ?? new RigError('TRANSPORT_LOST', 'rig', 'the port is closed');
    wake();
  });
  const understand = (line: string) => (dialect === 'marlin' ? parseMarlin(line) : parseResponse(line));

  /** The next line; throws Silence when there is none until `deadline` (performance.now). */
  const next = async (what: string, deadline: number): Promise<string> => {
    for (let pause: number = NUDGE_AFTER_MS.first; ; ) {
      const line = heard.shift();
      if (line !== undefined) return line;
      if (over) throw over;
      const left = deadline - performance.now();
      if (left <= 0) throw new Silence(`waited for ${what} and heard nothing more`);
      const silent = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), Math.min(left, pause));
        wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
      });
      if (!silent || !nudging || over) continue;
      pause = Math.min(2 * pause, NUDGE_AFTER_MS.longest);
      await talk.send(NUDGE);
    }
  };

  const askedMarlin = async () => {
    await talk.send('M114\n');
    const line = await talk.line('a position', (_, said) => said.startsWith('X:'));
    await talk.line('ok', (response) => response.kind === 'ok');
    return parseMarlin(line);
  };
  /** The last time has all the patience there is; before, a request counts as lost sooner. */
  const askedGrbl = async (asked: number) => {
    await talk.send(Uint8Array.of(REALTIME.status));
    const ms = asked < STATUS_ASKED ? patienceMs / STATUS_ASKED : patienceMs;
    return parseResponse(await talk.line('a status report', (_, line) => line.startsWith('<'), ms));
  };

  const talk: Talk = {
    get dialect() {
      return dialect;
    },
    get transcript() {
      return transcript;
    },
    speak(id) {
      dialect = id;
      nudging = id !== 'marlin';
    },
    get damaged() {
      return damaged;
    },
    begin() {
      heard = [];
      damaged = false;
      transcript = [];
    },
    async send(text) {
      const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
      note(`> ${shown(bytes)}`);
      await serial.write(bytes);
    },
    async line(what, wanted, ms = patienceMs) {
      const deadline = performance.now() + ms;
      for (;;) {
        const line = await next(what, deadline);
        if (wanted(understand(line), line)) return line;
      }
    },
    async exchange(text, ms = patienceMs) {
      const mark = MARK[dialect === 'marlin' ? 'marlin' : 'grbl'];
      await talk.send(text + mark.ask);
      const lines: string[] = [];
      const answers: string[] = [];
      const said: Response[] = [];
      const what = `the answer to ${shown(Buffer.from(text)).slice(0, 40)}`;
      for (let marked = false; ; ) {
        const line = await next(what, performance.now() + ms);
        const response = understand(line);
        if (marked) {
          if (response.kind === 'ok') return { answers, said, lines };
          if (response.kind === 'error') throw new Mismatch(`${mark.ask.trim()} was answered ${line}`);
          continue;
        }
        marked = mark.answer.test(line);
        if (marked) continue;
        lines.push(line);
        if (response.kind === 'ok') answers.push('ok');
        else if (response.kind === 'error') answers.push(`error:${response.code}`);
        else said.push(response);
      }
    },
    async status() {
      let last: string | undefined;
      for (let asked = 1; asked <= STATUS_ASKED; asked++) {
        try {
          const report = dialect === 'marlin' ? await askedMarlin() : await askedGrbl(asked);
          if (report.kind === 'status' && isWhole(report)) return report;
          last = report.kind === 'status' ? `in state ${report.state}` : 'that is none';
        } catch (error) {
          if (!(error instanceof Silence) || asked === STATUS_ASKED) throw error;
        }
      }
      throw new Mismatch(`no report of the position could be read; the last was one ${last ?? 'lost'}`);
    },
  };
  return talk;
}

/** Text as it is, everything else as `\x18`; line ends as `\n`, `\r`. */
export const shown = (bytes: Uint8Array): string =>
  [...bytes]
    .map((byte) => {
      if (byte === 0x0a) return '\\n';
      if (byte === 0x0d) return '\\r';
      return byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');

/** Throws Mismatch unless both lists are the same. */
export function expectAnswers(answers: readonly string[], wanted: readonly string[], to: string): void {
  if (answers.length === wanted.length && answers.every((answer, i) => answer === wanted[i])) return;
  throw new Mismatch(
    `${to}: expected ${wanted.join(', ') || 'no answer'}; heard ${answers.join(', ') || 'none'}`,
  );
}
