import stringWidth from 'string-width';
import { type Exchanged, labelOf } from '../certificate/dialogue.ts';
import { seconds } from '../certificate/parts.ts';
import { type Lane, type Row, rowsOf } from '../certificate/rows.ts';
import { word } from '../certificate/words.ts';
import { faultLook, hitOf } from '../fault-looks.ts';
import type { ScenarioView } from '../model.ts';
import { phrase } from '../phrases.ts';
import { clip } from '../text.ts';
import type { Language } from '../words.ts';
import type { Colors } from './live.ts';

/** Narrower than this nothing can be read; wider than this arrows only get longer. */
const NARROWEST = 64;
const WIDEST = 132;
/** Cells of the time at the left and of the byte count at the right. */
const TIME = 11;
const BYTES = 8;

/**
 * Who said what to whom, in box characters: terminal, network, acquirer from left to right, time downwards; steps as
 * rules, faults at the network's line with the byte that they hit. One line a row, none wider than `width` cells; empty
 * when nothing was said.
 */
export function consoleSequence(
  scenario: ScenarioView,
  options: { readonly lang: Language; readonly width: number; readonly colors: Colors },
): readonly string[] {
  const rows = rowsOf(scenario, options.lang, 'main');
  if (!rows.some(({ kind }) => kind === 'message' || kind === 'fault')) return [];
  const drawing = new Drawing(options.width, options.lang, options.colors);
  const origin = scenario.happenings[0]?.at.t ?? 0;
  return [drawing.head(), ...rows.map((row) => drawing.row(row, origin))];
}

/** Cells of one line; a wide character takes two, the second of which is empty. */
class Line {
  readonly #cells: string[];

  constructor(width: number) {
    this.#cells = Array.from({ length: width }, () => ' ');
  }

  /** Writes a text from a column on; what does not fit is cut. */
  put(at: number, text: string): this {
    let column = at;
    for (const char of text) {
      const cells = stringWidth(char);
      if (cells === 0) continue;
      if (column < 0 || column + cells > this.#cells.length) break;
      this.#clear(column);
      if (cells === 2) this.#clear(column + 1);
      this.#cells[column] = char;
      if (cells === 2) this.#cells[column + 1] = '';
      column += cells;
    }
    return this;
  }

  fill(from: number, to: number, char: string): this {
    for (let column = Math.min(from, to); column <= Math.max(from, to); column++) this.put(column, char);
    return this;
  }

  /** Half of a wide character is none. */
  #clear(column: number): void {
    if (this.#cells[column] === '' && column > 0) this.#cells[column - 1] = ' ';
    if (this.#cells[column + 1] === '') this.#cells[column + 1] = ' ';
  }

  toString(): string {
    return this.#cells.join('').trimEnd();
  }
}

class Drawing {
  readonly #width: number;
  readonly #lang: Language;
  readonly #colors: Colors;
  readonly #lanes: Readonly<Record<Lane, number>>;

  constructor(width: number, lang: Language, colors: Colors) {
    this.#width = Math.min(WIDEST, Math.max(NARROWEST, Number.isFinite(width) ? width : 100));
    this.#lang = lang;
    this.#colors = colors;
    const terminal = TIME + 2;
    const host = this.#width - BYTES - 3;
    this.#lanes = { terminal, network: Math.round((terminal + host) / 2), host };
  }

  head(): string {
    const line = new Line(this.#width);
    const centred = (lane: Lane, name: string) => {
      const left = this.#lanes[lane] - Math.floor(stringWidth(name) / 2);
      line.put(Math.max(0, Math.min(left, this.#width - stringWidth(name))), name);
    };
    centred('terminal', word(this.#lang, 'terminal'));
    centred('network', word(this.#lang, 'network'));
    centred('host', word(this.#lang, 'host'));
    return this.#colors.bold(line.toString());
  }

  row(row: Row, origin: number): string {
    if (row.kind === 'step') {
      const text = clip(row.text, this.#width - 5);
      return this.#colors.bold(`── ${text} ${'─'.repeat(Math.max(0, this.#width - stringWidth(text) - 4))}`);
    }
    const line = this.#lifelines();
    const time = seconds(row.t - origin);
    line.put(TIME - stringWidth(time), time);
    switch (row.kind) {
      case 'mark':
        return this.#mark(line, row.lane, row.text);
      case 'fault':
        if (row.lane === 'terminal') this.#beside(line, row.sign, row.text);
        else this.#across(line, ` ${row.sign} ${row.text} `);
        return row.struck ? this.#colors.red(line.toString()) : this.#colors.yellow(line.toString());
      default:
        return this.#message(line, row.exchanged);
    }
  }

  #lifelines(): Line {
    const line = new Line(this.#width);
    for (const column of Object.values(this.#lanes)) line.put(column, '│');
    return line;
  }

  #mark(line: Line, lane: Lane, text: string): string {
    if (lane === 'terminal') this.#beside(line, '●', text);
    else this.#across(line, ` ${text} `);
    return this.#colors.dim(line.toString());
  }

  /** A sign on the terminal's line, and a text beside it. */
  #beside(line: Line, sign: string, text: string): void {
    const { terminal } = this.#lanes;
    line.put(terminal, sign).put(terminal + 1 + stringWidth(sign), clip(text, this.#width - terminal - 4));
  }

  /** A text centred at the network's line. */
  #across(line: Line, text: string): void {
    const { terminal, network, host } = this.#lanes;
    const shown = clip(text, host - terminal - 3);
    const left = network - Math.floor(stringWidth(shown) / 2);
    line.put(Math.max(terminal + 2, Math.min(left, host - 1 - stringWidth(shown))), shown);
  }

  /** `├── 0200 sale ──●──────▶│`, or to the byte where it was lost: `│◀ ╌ ╌ ╳──●── 0210 ──┤`. */
  #message(line: Line, exchanged: Exchanged): string {
    const { message, delivered, fault, bytes } = exchanged;
    const { terminal, network, host } = this.#lanes;
    const forward = message.direction === 'request';
    const [from, to] = forward ? [terminal, host] : [host, terminal];
    const inwards = forward ? 1 : -1;
    const hit = fault && hitOf(fault);
    const far = to - inwards;
    const end = delivered ? far : network + Math.trunc(((far - network) * (hit?.byte ?? 0)) / (hit?.of || 1));
    line.put(from, forward ? '├' : '┤').fill(from + inwards, end, '─');
    if (delivered) line.put(far, forward ? '▶' : '◀');
    else line.fill(end + inwards, far, '╌').put(end, '╳');
    const look = fault && faultLook(fault.fault.do);
    const sign = look && delivered ? look.sign : exchanged.seenOnPath ? '●' : '┼';
    if (delivered || end !== network) line.put(network - Math.floor(stringWidth(sign) / 2), sign);
    const near = Math.abs(network - from) - 3;
    const notes = exchanged.notes.filter((note) => !note.startsWith('not delivered'));
    const said = [labelOf(exchanged, this.#lang), ...notes.map((note) => phrase(note, this.#lang))].join(
      ' · ',
    );
    const label = ` ${clip(said, near - 3)} `;
    const left = forward ? from + 2 : from - 1 - stringWidth(label);
    line.put(left, label);
    const count = `${hit && !delivered ? `${hit.byte}/` : ''}${bytes} B`;
    line.put(Math.min(host + 2, this.#width - stringWidth(count)), count);
    const text = line.toString();
    if (!delivered || look?.effect === 'altered') return this.#colors.red(text);
    return look ? this.#colors.yellow(text) : text;
  }
}
