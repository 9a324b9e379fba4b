/** What of an Android device its command line can reach. */
export interface AndroidScreen {
  /** The screen as a PNG file; black where an application forbids pictures of it (FLAG_SECURE). */
  screencap(): Promise<Uint8Array>;
  /** A touch at a pixel. */
  tap(x: number, y: number): void;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, string>>;
}

/** The commands that posrig and people use, as an Android shell does them: an unknown one is told in the shell's words. */
export function androidShell(screen: AndroidScreen): (commandLine: string) => Promise<Uint8Array> {
  const text = (said: string) => Buffer.from(said === '' ? '' : `${said}\n`);
  return async (commandLine) => {
    const [command = '', ...words] = commandLine.trim().split(/\s+/u).slice(0, 16);
    switch (command) {
      case 'screencap':
        return words[0] === '-p' ? await screen.screencap() : text('usage: screencap -p');
      case 'input':
        return text(input(screen, words));
      case 'getprop':
        return text(
          words[0] === undefined
            ? Object.entries(screen.properties)
                .map(([name, value]) => `[${name}]: [${value}]`)
                .join('\n')
            : (screen.properties[words[0]] ?? ''),
        );
      case 'wm':
        return text(
          words[0] === 'size' ? `Physical size: ${screen.width}x${screen.height}` : 'usage: wm size',
        );
      case 'echo':
        return text(words.join(' '));
      default:
        return text(`/system/bin/sh: ${command.slice(0, 40)}: inaccessible or not found`);
    }
  };
}

function input({ tap, width, height }: AndroidScreen, [kind, ...rest]: readonly string[]): string {
  const [x, y] = rest.map(Number);
  if (kind !== 'tap' || rest.length !== 2 || !Number.isFinite(x) || !Number.isFinite(y))
    return `Error: Invalid arguments for command: ${kind ?? ''}`;
  // A touch beside the screen hits nothing, and nothing is said of it.
  if (x !== undefined && y !== undefined && x >= 0 && y >= 0 && x < width && y < height) tap(x, y);
  return '';
}
