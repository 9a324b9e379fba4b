import type { DriverContext } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { splitLines } from '../../codec/framing/lines.ts';
import { summedSwitch } from '../../codec/relay/reports.ts';
import { tellsOfDeath } from '../../transport/death.ts';
import { openPort } from '../../transport/open-port.ts';
import { teeInto } from '../../transport/tee.ts';
import type { BoardOptions, OutputBoard } from './board.ts';

/** Longest line that is looked at, bytes. */
const LONGEST = 256;

/**
 * A serial relay board that takes `A0 n s sum` and tells nothing back (LCUS with a CH340). What it did is assumed; the
 * terminal's screen is the only witness. It has no watchdog.
 */
export async function openSummedBoard(
  port: string,
  baud: number,
  { what, used, lost }: BoardOptions,
  { clock, recorder }: DriverContext,
): Promise<OutputBoard> {
  const serial = await openPort({ path: port, baud, what }, teeInto(recorder, 'keypad', 'solenoid'));
  let closing = false;
  // It should be quiet. Reading is also how the end of a port is learned soonest.
  const lines = splitLines(LONGEST);
  serial.onData((chunk) => {
    for (const item of lines.push(chunk)) {
      if ('line' in item && tellsOfDeath(item.line)) {
        lost(
          new RigError('TRANSPORT_PROTOCOL', 'bench', `the ${what} restarted by itself`, {
            hint: 'Check its power supply; solenoids on the same supply can pull it down.',
          }),
        );
      }
    }
  });
  void serial.closed.then((error) => {
    if (error && !closing) lost(error);
  });
  const turn = (output: number, on: boolean) => serial.write(summedSwitch(output, on));
  const allOff = async () => {
    for (const output of used) await turn(output, false);
  };
  try {
    await allOff();
  } catch (error) {
    closing = true;
    await serial.close();
    throw error;
  }
  return {
    outputs: 255,
    facts: { 'read-back': 'none: what it did is assumed' },
    async pulse(output, ms) {
      if (!serial.alive) throw new RigError('TRANSPORT_LOST', 'bench', `the ${what} is gone`);
      await turn(output, true);
      await clock.sleep(ms);
      await turn(output, false);
    },
    allOff,
    withhold: (reason) => serial.withhold(reason),
    close: () => {
      closing = true;
      return serial.close();
    },
  };
}
