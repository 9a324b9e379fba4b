import pc from 'picocolors';
import stringWidth from 'string-width';
import type { EventOf, JournalEvent } from '../../rig/model/event.ts';
import { formatDuration } from '../../rig/model/time.ts';
import type { Verdict } from '../../rig/model/verdict.ts';
import { foldEvents } from '../fold.ts';
import { paperLines } from '../paper.ts';
import { phrase } from '../phrases.ts';
import { reasonText } from '../reason.ts';
import { clip, oneLine, printable } from '../text.ts';
import { BLAME_WORDS, type Language, say, VERDICT_WORDS } from '../words.ts';
import { consoleSequence } from './sequence.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** Colour and sign of a verdict; the sign alone must be enough. */
export function verdictMark(verdict: Verdict, colors: Colors): string {
  const marks: Readonly<Record<Verdict, string>> = {
    passed: colors.green('✓'),
    failed: colors.red('✗'),
    broken: colors.yellow('!'),
    inconclusive: colors.magenta('?'),
    invalid: colors.red('✗'),
    skipped: colors.dim('-'),
  };
  return marks[verdict];
}

export interface LiveOptions {
  readonly lang: Language;
  readonly color: boolean;
  /** True when the output is a terminal that can be redrawn. */
  readonly interactive: boolean;
  /** Draws the dialogue of every scenario when it has ended. */
  readonly verbose: boolean;
  readonly out: NodeJS.WritableStream & { readonly columns?: number };
}

/** What the current scenario is at. */
interface Now {
  readonly id: string;
  readonly title: string;
  readonly index: number;
  readonly of: number;
  readonly since: number;
  step: string;
}

const TICK_WALL_MS = 250;
/** Events of one scenario that are kept for its drawing. */
const MOST_EVENTS = 20_000;
/** Drawing over what stands there and then erasing the rest does not flicker; erasing first does. */
const START = '\r';
const ERASE_REST = '\u001b[K';

/**
 * The live view of a run: one line a finished scenario and, on a terminal, one status line below that is redrawn: scenario
 * i/n, step, elapsed wall time of the scenario and of the run; afterwards which report is being written. Elsewhere every
 * scenario and step is announced on a plain line.
 */
export class LiveConsole {
  readonly #options: LiveOptions;
  readonly #colors: Colors;
  readonly #began = Date.now();
  #now: Now | undefined;
  /** Invariants of the current scenario, by name, for the reason that quotes one. */
  #invariants: EventOf<'invariant'>[] = [];
  /** The place on a receipt that the first bad expectation of the current scenario is about. */
  #paper: readonly string[] = [];
  /** What a drawing of the current scenario is made of. */
  #events: JournalEvent[] = [];
  #task: { readonly text: string; readonly since: number } | undefined;
  #drawn = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#colors = pc.createColors(options.color);
    if (!options.interactive) return;
    this.#timer = setInterval(() => this.#draw(), TICK_WALL_MS);
    this.#timer.unref();
  }

  readonly listener = (event: JournalEvent): void => {
    if (this.#options.verbose) this.#keep(event);
    switch (event.type) {
      case 'run.start': {
        const seed = `${this.#word('seed', '种子')} ${event.seed}`;
        const bench = oneLine(event.bench.title, 60);
        this.#line(`${this.#colors.bold(oneLine(event.profile.title, 60))} · ${bench} · ${seed}`);
        break;
      }
      case 'scenario.start':
        this.#started(event);
        break;
      case 'step.start':
        if (!this.#now) break;
        this.#now.step = `${this.#word('step', '步骤')} ${event.step} ${oneLine(phrase(event.title, this.#options.lang), 80)}`;
        this.#plain(`      ${this.#now.step}`);
        this.#draw();
        break;
      case 'fault':
        if (event.phase === 'struck')
          this.#plain(`      ${oneLine(phrase(event.proof.summary, this.#options.lang), 300)}`);
        break;
      case 'expectation':
        // The first of them is what the scenario failed by; the others stand in the reports.
        if (event.verdict !== 'passed' && event.verdict !== 'skipped' && this.#paper.length === 0)
          this.#paper = paperLines(event, this.#options.lang);
        break;
      case 'invariant':
        this.#invariants.push(event);
        break;
      case 'scenario.end':
        this.#ended(event);
        break;
      default:
    }
  };

  /** Says which report is being made; on a terminal with the time it takes. */
  rendering(text: string): void {
    this.#now = undefined;
    this.#task = { text: oneLine(text), since: Date.now() };
    this.#plain(this.#colors.dim(this.#task.text));
    this.#draw();
  }

  /** Clears the status line; nothing is drawn any more. Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#now = undefined;
    this.#task = undefined;
    this.#write('');
  }

  #started({ id, index, of, title: titles }: EventOf<'scenario.start'>): void {
    const title = oneLine(say(titles, this.#options.lang), 200);
    this.#invariants = [];
    this.#paper = [];
    this.#now = { id: oneLine(id, 40), title, index, of, since: Date.now(), step: '' };
    this.#plain(`[${index}/${of}] ${this.#now.id} ${title}`);
    this.#draw();
  }

  #ended(event: EventOf<'scenario.end'>): void {
    const { verdict, blame, reason, wallMs } = event;
    const now = this.#now;
    this.#now = undefined;
    const colors = this.#colors;
    const word = verdict === 'passed' ? '' : ` ${say(VERDICT_WORDS[verdict], this.#options.lang)}`;
    const blamed = blame ? ` (${say(BLAME_WORDS[blame], this.#options.lang)})` : '';
    const mark = `${verdictMark(verdict, colors)} ${oneLine(event.id, 40)} `;
    const time = ` ${formatDuration(wallMs)}`;
    const width = this.#width() - 1 - stringWidth(mark + word + blamed + time);
    this.#line(
      `${mark}${clip(now?.title ?? '', Math.max(12, width))}${colors.bold(word)}${blamed}${colors.dim(time)}`,
    );
    if (verdict !== 'passed' && reason)
      this.#line(
        colors.dim(
          `  ${clip(oneLine(reasonText(this.#invariants, reason, this.#options.lang)), this.#width() - 3)}`,
        ),
      );
    if (verdict !== 'passed')
      for (const line of this.#paper)
        this.#line(colors.dim(`    ${clip(printable(line), this.#width() - 5)}`));
    if (this.#options.verbose) this.#sequence();
  }

  /** Raw bytes are not drawn. */
  #keep(event: JournalEvent): void {
    if (event.type === 'scenario.start') this.#events = [];
    if (event.type !== 'bytes' && this.#events.length < MOST_EVENTS) this.#events.push(event);
  }

  #sequence(): void {
    const [scenario] = foldEvents('', this.#events.splice(0)).scenarios;
    if (!scenario) return;
    const { lang } = this.#options;
    const lines = consoleSequence(scenario, { lang, width: this.#width() - 1, colors: this.#colors });
    if (lines.length > 0) this.#line(`\n${lines.join('\n')}\n`);
  }

  /** Draws the status line over the one that stands there. */
  #draw(): void {
    if (!this.#options.interactive || !this.#timer) return;
    const status = this.#status();
    if (status === undefined) return;
    this.#options.out.write(`${START}${this.#colors.cyan(status)}${ERASE_REST}`);
    this.#drawn = true;
  }

  #status(): string | undefined {
    const width = this.#width() - 1;
    if (this.#task) return clip(`${this.#task.text} ${formatDuration(Date.now() - this.#task.since)}`, width);
    if (!this.#now) return undefined;
    const { id, title, index, of, since, step } = this.#now;
    const head = `[${index}/${of}] ${id} `;
    const run = `${this.#word('run', '总计')} ${formatDuration(Date.now() - this.#began)}`;
    const tail = ` · ${step ? `${step} · ` : ''}${formatDuration(Date.now() - since)} · ${run}`;
    const room = width - stringWidth(head) - stringWidth(tail);
    return clip(`${head}${clip(title, Math.max(12, room))}${tail}`, width);
  }

  /** Where nothing can be redrawn, what a terminal shows in its status line. */
  #plain(text: string): void {
    if (!this.#options.interactive) this.#line(text);
  }

  #line(text: string): void {
    this.#write(`${text}\n`);
    this.#draw();
  }

  /** Writes in the place of the status line, in one go. */
  #write(text: string): void {
    const erased = this.#drawn ? `${START}${ERASE_REST}` : '';
    this.#drawn = false;
    if (erased || text) this.#options.out.write(erased + text);
  }

  /** Cells of a line; without a terminal nothing has to be cut. */
  #width(): number {
    return this.#options.interactive ? (this.#options.out.columns ?? 80) : Number.POSITIVE_INFINITY;
  }

  #word(en: string, zh: string): string {
    return this.#options.lang === 'zh' ? zh : en;
  }
}
