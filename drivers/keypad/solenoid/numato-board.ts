import type { DriverContext } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import {
  NUMATO_OUTPUTS,
  NUMATO_PROMPT,
  numatoAnswer,
  numatoRead,
  numatoSwitch,
} from '../../codec/relay/numato.ts';
import { expire } from '../../transport/deadline.ts';
import { openPort } from '../../transport/open-port.ts';
import { teeInto } from '../../transport/tee.ts';
import type { BoardOptions, OutputBoard } from './board.ts';

const ANSWER_MS = 3000;
/** Longest answer; beyond it this is something else. */
const LONGEST = 4096;

/**
 * A Numato-style board: ASCII commands over CDC, one at a time, each answered by an echo and a prompt. The on-time is
 * kept by this side, and every switching is read back. (Such a board has no watchdog: an output that is on when the cable
 * is pulled stays on. The next opening switches it off first.)
 */
export async function openNumatoBoard(
  port: string,
  baud: number,
  { what, used, lost }: BoardOptions,
  { clock, recorder }: DriverContext,
): Promise<OutputBoard> {
  const serial = await openPort({ path: port, baud, what }, teeInto(recorder, 'keypad', 'solenoid'));
  let said = '';
  /** It has said something that was no answer: whatever it held or knew may be void. */
  let stray = false;
  let asked = false;
  let take = () => {};
  let dead: RigError | undefined;
  let closing = false;
  const die = (error: RigError) => {
    if (dead) return;
    dead = error;
    take();
    if (!closing) lost(error);
  };
  void serial.closed.then((error) =>
    die(error ?? new RigError('TRANSPORT_LOST', 'rig', `the ${what} is closed`)),
  );
  serial.onData((chunk) => {
    if (!asked) stray = true;
    said += Buffer.from(chunk).toString('latin1');
    if (said.length > LONGEST) said = said.slice(-LONGEST);
    take();
  });

  /** What the board says until it is ready again. */
  const untilPrompt = (command: string) =>
    new Promise<string>((resolve, reject) => {
      said = '';
      asked = true;
      const settle = (act: () => void) => {
        cancel();
        asked = false;
        take = () => {};
        act();
      };
      const cancel = expire(clock, ANSWER_MS, () =>
        settle(() =>
          reject(
            new RigError('TRANSPORT_TIMEOUT', 'bench', `the ${what} did not answer in time`, {
              hint: `Is it powered, and is it a Numato-style board that hangs on ${serial.path}?`,
            }),
          ),
        ),
      );
      take = () => {
        const error = dead;
        if (error) settle(() => reject(error));
        else if (said.trimEnd().endsWith(NUMATO_PROMPT)) settle(() => resolve(said.trimEnd().slice(0, -1)));
      };
      if (dead) return take();
      serial.write(Buffer.from(`${command}\r`, 'latin1')).catch(() => {}); // the loss is told by `closed`
    });

  const ask = async (command: string): Promise<string> => {
    const answer = numatoAnswer(command, await untilPrompt(command));
    if (answer !== undefined) return answer;
    throw new RigError('TRANSPORT_PROTOCOL', 'bench', `the ${what} echoed something else than it was sent`, {
      hint: 'The line is disturbed, or another program uses the same port.',
    });
  };
  const stateOf = async (output: number): Promise<boolean> => {
    const answer = await ask(numatoRead(output));
    if (answer === 'on' || answer === 'off') return answer === 'on';
    throw new RigError('TRANSPORT_PROTOCOL', 'bench', `the ${what} does not say whether an output is on`);
  };
  const turn = async (output: number, on: boolean) => {
    await ask(numatoSwitch(output, on));
    if ((await stateOf(output)) === on) return;
    throw new RigError('KEYPAD_ALARM', 'bench', `an output of the ${what} did not go ${on ? 'on' : 'off'}`, {
      hint: on
        ? 'Is there such an output on this board?'
        : 'A contact may be stuck: look whether a key is still held.',
    });
  };
  const allOff = async () => {
    for (const output of used) await turn(output, false);
  };

  try {
    await untilPrompt(''); // ends half a command that somebody may have left in the board
    await allOff();
    const version = await ask('ver');
    return {
      outputs: NUMATO_OUTPUTS,
      facts: { version },
      async pulse(output, ms) {
        try {
          await turn(output, true);
          stray = false;
          await clock.sleep(ms);
          if (stray) throw restarted(what);
        } catch (error) {
          await ask(numatoSwitch(output, false)).catch(() => {});
          throw error;
        }
        await turn(output, false);
      },
      allOff,
      withhold: (reason) => serial.withhold(reason),
      close: () => {
        closing = true;
        return serial.close();
      },
    };
  } catch (error) {
    closing = true;
    await serial.close();
    throw error;
  }
}

const restarted = (what: string) =>
  new RigError('KEYPAD_ALARM', 'bench', `the ${what} spoke while a key was held, and nobody asked`, {
    hint: 'It may have restarted, and the key come up; check its power supply.',
  });
