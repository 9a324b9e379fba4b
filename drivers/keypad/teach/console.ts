import { createInterface } from 'node:readline';

/** A person at the console, or a file in their place. */
export interface Console {
  say(text: string): void;
  /** The next line; undefined when the input has ended. Rejects when the lesson was cancelled. */
  ask(prompt: string): Promise<string | undefined>;
  close(): void;
}

/** Longest line that is taken, characters. */
const LONGEST = 200;

/** @param quiet says nothing (for `--json`) */
export function openConsole(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  signal: AbortSignal,
  quiet: boolean,
): Console {
  const lines: string[] = [];
  let ended = false;
  let wake = () => {};
  const reader = createInterface({ input, terminal: false });
  reader.on('line', (line) => {
    lines.push(line.slice(0, LONGEST));
    wake();
  });
  reader.on('close', () => {
    ended = true;
    wake();
  });
  const interactive = 'isTTY' in input && input.isTTY === true;
  const say = (text: string) => {
    if (!quiet) output.write(`${text}\n`);
  };
  return {
    say,
    ask: (prompt) =>
      new Promise((resolve, reject) => {
        if (interactive && !quiet) output.write(prompt);
        const done = () => signal.removeEventListener('abort', onAbort);
        const onAbort = () => {
          done();
          reject(signal.reason);
        };
        wake = () => {
          const line = lines.shift();
          if (line === undefined && !ended) return;
          done();
          wake = () => {};
          // What a file says is shown, so that its transcript reads like a person's.
          if (line !== undefined && !interactive) say(`${prompt}${line}`);
          resolve(line);
        };
        if (signal.aborted) return onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        wake();
      }),
    close: () => reader.close(),
  };
}
