import pc from 'picocolors';
import type { EventOf, JournalEvent } from '../../rig/model/event.ts';
import { formatDuration } from '../../rig/model/time.ts';
import type { Verdict } from '../../rig/model/verdict.ts';
import { clip, oneLine } from '../text.ts';
import { BLAME_WORDS, type Language, say, VERDICT_WORDS } from '../words.ts';

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
const ERASE_LINE = '\u001b[2K\r';

/**
 * The live view of a run: one line a finished scenario and, on a terminal, one status line below that is redrawn: scenario
 * i/n, step, elapsed wall time. Elsewhere every scenario and step is announced on a plain line.
 */
export class LiveConsole {
  readonly #options: LiveOptions;
  readonly #colors: Colors;
  #now: Now | undefined;
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
        this.#now.step = `${this.#word('step', '步骤')} ${event.step} ${oneLine(event.title, 80)}`;
        this.#plain(`      ${this.#now.step}`);
        this.#draw();
        break;
      case 'fault':
        if (event.phase === 'struck') this.#plain(`      ${oneLine(event.proof.summary, 100)}`);
        break;
      case 'scenario.end':
        this.#ended(event);
        break;
      default:
    }
  };

  /** Clears the status line; nothing is drawn any more. Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#now = undefined;
    this.#erase();
  }

  #started({ id, index, of, title: titles }: EventOf<'scenario.start'>): void {
    const title = oneLine(say(titles, this.#options.lang), 200);
    this.#now = { id: oneLine(id, 40), title, index, of, since: Date.now(), step: '' };
    this.#plain(`[${index}/${of}] ${this.#now.id} ${clip(title, 90)}`);
    this.#draw();
  }

  #ended(event: EventOf<'scenario.end'>): void {
    const { verdict, blame, reason, wallMs } = event;
    const now = this.#now;
    this.#now = undefined;
    const colors = this.#colors;
    const word = verdict === 'passed' ? '' : ` ${say(VERDICT_WORDS[verdict], this.#options.lang)}`;
    const blamed = blame ? ` (${say(BLAME_WORDS[blame], this.#options.lang)})` : '';
    const width = Math.max(20, this.#width() - 30 - word.length - blamed.length);
    this.#line(
      `${verdictMark(verdict, colors)} ${oneLine(event.id, 40)} ${clip(now?.title ?? '', width)}${colors.bold(word)}${blamed} ${colors.dim(formatDuration(wallMs))}`,
    );
    if (verdict !== 'passed' && reason)
      this.#line(colors.dim(`  ${clip(oneLine(reason), Math.max(20, this.#width() - 3))}`));
  }

  #draw(): void {
    if (!this.#options.interactive || !this.#now || !this.#timer) return;
    const { id, title, index, of, since, step } = this.#now;
    const elapsed = formatDuration(Date.now() - since);
    const head = `[${index}/${of}] ${id} `;
    const tail = ` · ${step ? `${step} · ` : ''}${elapsed}`;
    const width = this.#width() - 1;
    const line = clip(`${head}${clip(title, Math.max(12, width - head.length - tail.length))}${tail}`, width);
    this.#options.out.write(`${ERASE_LINE}${this.#colors.cyan(line)}`);
    this.#drawn = true;
  }

  /** Where nothing can be redrawn, what a terminal shows in its status line. */
  #plain(text: string): void {
    if (!this.#options.interactive) this.#line(text);
  }

  #line(text: string): void {
    this.#erase();
    this.#options.out.write(`${text}\n`);
    this.#draw();
  }

  #erase(): void {
    if (this.#drawn) this.#options.out.write(ERASE_LINE);
    this.#drawn = false;
  }

  #width(): number {
    return this.#options.out.columns ?? 100;
  }

  #word(en: string, zh: string): string {
    return this.#options.lang === 'zh' ? zh : en;
  }
}
