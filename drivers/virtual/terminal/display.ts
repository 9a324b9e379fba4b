import type { VisibleScreen } from './body.ts';

export const ROWS = 4;
export const COLUMNS = 20;

/** Code points from here on (CJK, full-width forms) take two cells. */
const WIDE_FROM = 0x2e80;

/** Width of a text in half-width cells. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const char of text) cells += (char.codePointAt(0) ?? 0) >= WIDE_FROM ? 2 : 1;
  return cells;
}

/** Control characters become blanks: a text from outside must not become a command to display or printer. */
export function printable(text: string): string {
  return Array.from(text, (char) => (char < ' ' || char === '\u007f' ? ' ' : char)).join('');
}

/** As much of a text as fits into `cells` half-width cells. */
export function clip(text: string, cells: number): string {
  let clipped = '';
  let used = 0;
  for (const char of printable(text)) {
    used += cellsOf(char);
    if (used > cells) break;
    clipped += char;
  }
  return clipped;
}

/** A text in pieces of at most `cells` half-width cells each (at least 2); never empty. */
export function wrap(text: string, cells: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  do {
    const piece = clip(rest, cells);
    pieces.push(piece);
    rest = rest.slice(piece.length);
  } while (rest !== '');
  return pieces;
}

/** The glass: four lines of twenty cells, and whether it is lit. It tells its watchers about every change. */
export interface Glass {
  readonly visible: VisibleScreen;
  show(lines: readonly string[], code?: string): void;
  dark(): void;
  onChange(listener: (screen: VisibleScreen) => void): void;
}

/** A dark display. */
export function makeGlass(): Glass {
  const blank: VisibleScreen = { lit: false, lines: Array<string>(ROWS).fill('') };
  const listeners: ((screen: VisibleScreen) => void)[] = [];
  let visible = blank;
  const become = (next: VisibleScreen) => {
    const same = next.lines.every((line, row) => line === visible.lines[row]);
    if (same && next.lit === visible.lit && next.code === visible.code) return;
    visible = next;
    for (const listener of listeners) listener(next);
  };
  return {
    get visible() {
      return visible;
    },
    show: (lines, code) =>
      become({
        lit: true,
        ...(code !== undefined && { code }),
        lines: Array.from({ length: ROWS }, (_, row) => clip(lines[row] ?? '', COLUMNS).trimEnd()),
      }),
    dark: () => become(blank),
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}
