import type { Clock } from '../../../rig/model/time.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { numberIn, type Port, Refusal, serveLines, unknownCommand } from './line-device.ts';

export const CHANNELS = 4;
/** The channel in the terminal's mains lead. */
export const TERMINAL_CHANNEL = 1;
/** Nominal ms from the command to the contact. */
const CONTACT_MS = 15;

/** A relay of four channels with read-back, on the line protocol of the virtual bench's README. All start on. */
export function attachPowerRelay(port: Port, terminal: Pick<TerminalBody, 'power'>, clock: Clock): void {
  const on = new Set(Array.from({ length: CHANNELS }, (_, i) => i + 1));
  terminal.power(true);

  serveLines(port, async ([command, argument, ...rest]) => {
    if (rest.length > 0) throw new Refusal('too many words');
    if (command === 'id?') return `id posrig-relay 1 channels=${CHANNELS}`;
    if (command !== 'on' && command !== 'off' && command !== 'state?') throw unknownCommand(command);
    const channel = numberIn(argument, 'channel', CHANNELS);
    const closed = command === 'state?' ? on.has(channel) : command === 'on';
    if (closed !== on.has(channel)) {
      await clock.sleep(CONTACT_MS);
      if (closed) on.add(channel);
      else on.delete(channel);
      if (channel === TERMINAL_CHANNEL) terminal.power(closed);
    }
    return `${closed ? 'on' : 'off'} ${channel}`;
  });
}
