import { createInterface } from 'node:readline';
import { RigError } from '../../rig/model/errors.ts';
import type { Clock } from '../../rig/model/time.ts';
import { expire } from '../transport/deadline.ts';
import { answerOf, type Desk } from './desk.ts';

/** Desks share the one console: questions are asked one at a time. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * The console that posrig was started from. Questions go to standard error, so that `--json` stays clean; answers are lines
 * on standard input. @param by who sits there
 */
export function consoleDesk(
  by: string,
  clock: Clock,
  signal: AbortSignal,
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Desk {
  const reader = createInterface({ input, terminal: false });
  const lines: string[] = [];
  let ended = false;
  let wake = () => {};
  reader.on('line', (line) => {
    lines.push(line);
    wake();
  });
  reader.on('close', () => {
    ended = true;
    wake();
  });
  const gone = () =>
    new RigError('OPERATOR_REFUSED', 'bench', 'nobody is at the console: its input has ended', {
      hint: 'An operator must sit at the console of a bench whose fixtures are people.',
    });

  const next = (ms: number) =>
    new Promise<string>((resolve, reject) => {
      const settle = (act: () => void) => {
        wake = () => {};
        cancel();
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = () => settle(() => reject(signal.reason));
      const cancel = expire(clock, ms, () =>
        settle(() =>
          reject(
            new RigError('TRANSPORT_TIMEOUT', 'bench', 'the operator did not answer in time', {
              hint: 'Is somebody at the console?',
            }),
          ),
        ),
      );
      wake = () => {
        const line = lines.shift();
        if (line !== undefined) settle(() => resolve(line));
        else if (ended) settle(() => reject(gone()));
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      wake();
    });

  return {
    facts: { desk: 'console', operator: by },
    ask: (question, ms) => {
      const mine = turn.then(async () => {
        // What a person typed before the question answers nothing; a file has all its answers ready.
        if ('isTTY' in input && input.isTTY === true) lines.length = 0;
        output.write(`\n>> ${question.text}\n>> Enter when done, or no: `);
        return answerOf(await next(ms), by);
      });
      turn = mine.catch(() => {});
      return mine;
    },
    close: async () => reader.close(),
  };
}
