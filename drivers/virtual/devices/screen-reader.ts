import type { TerminalBody, VisibleScreen } from '../terminal/body.ts';
import { type Port, serveLines, unknownCommand } from './line-device.ts';

export interface ScreenSize {
  readonly rows: number;
  readonly columns: number;
}

/** JSON in pure ASCII: everything else as \u escapes. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * A reader in the place of a camera, on the line protocol of the virtual bench's README. It reports only what is
 * visible: a dark screen shows nothing.
 */
export function attachScreenReader(
  port: Port,
  size: ScreenSize,
  terminal: Pick<TerminalBody, 'screen' | 'onScreen'>,
): void {
  let seq = 1;
  let watching = false;
  let seen = '';

  const look = (screen: VisibleScreen): string =>
    `${screen.lit ? 'lit' : 'dark'} ${asciiJson(
      Array.from({ length: size.rows }, (_, row) => (screen.lit ? (screen.lines[row] ?? '') : '')),
    )}`;
  /** A line for what is visible now; the number rises only when something has changed. */
  const line = () => {
    const now = look(terminal.screen);
    if (seen !== '' && now !== seen) seq++;
    seen = now;
    return `screen ${seq} ${now}`;
  };

  const say = serveLines(port, ([command, ...rest]) => {
    if (rest.length > 0) throw unknownCommand([command, ...rest].join(' '));
    if (command === 'id?') return `id posrig-screen 1 rows=${size.rows} columns=${size.columns}`;
    if (command === 'read') return line();
    if (command !== 'watch') throw unknownCommand(command);
    watching = true;
    return `ok\n${line()}`;
  });

  terminal.onScreen(() => {
    const before = seen;
    const now = line();
    if (watching && seen !== before) say(now);
  });
}
