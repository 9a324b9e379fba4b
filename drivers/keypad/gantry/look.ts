import type { Clock } from '../../../rig/model/time.ts';
import { REALTIME } from '../../codec/grbl/commands.ts';
import { isWhole, type Response, type StatusReport } from '../../codec/grbl/responses.ts';
import { expire } from '../../transport/deadline.ts';
import type { SerialStream } from '../../transport/serial.ts';

/** How long a controller may take to answer `?`, nominal ms; asked twice. Grbl answers in 5 to 20 ms. */
const STATUS_MS = 3000;
/**
 * How long a controller may say nothing, wall ms, before it is asked for its state while a line waits for its
 * acknowledgement. What it answers tells why nothing happens; and a build that looks at a byte only when the next one
 * comes is moved on.
 */
const SILENCE_WALL_MS = 1500;

/** Asks for the state by the real-time byte `?`: it needs no turn among the lines, and changes nothing. */
export interface Look {
  /** One report; undefined if there is no answer. */
  once(): Promise<StatusReport | undefined>;
  /** Asked once more if the first report was lost or damaged. @param over whether asking again is in vain */
  twice(over: () => boolean): Promise<StatusReport | undefined>;
  /** From now on whenever nothing was heard for a while, until the returned function is called. */
  inSilence(): () => void;
}

/** @param listeners are called with everything that the controller says */
export function lookOver(
  serial: Pick<SerialStream, 'write'>,
  clock: Clock,
  listeners: Set<(response: Response) => void>,
): Look {
  const ask = () => serial.write(Uint8Array.of(REALTIME.status));
  const once = () =>
    new Promise<StatusReport | undefined>((resolve) => {
      const settle = (report?: StatusReport) => {
        listeners.delete(hear);
        cancel();
        resolve(report);
      };
      const hear = (response: Response) => {
        if (response.kind === 'status') settle(response);
      };
      const cancel = expire(clock, STATUS_MS, () => settle());
      listeners.add(hear);
      ask().catch(() => settle());
    });
  return {
    once,
    async twice(over) {
      const report = await once();
      if ((report && isWhole(report)) || over()) return report;
      return (await once()) ?? report;
    },
    inSilence() {
      const arm = () => clock.after(SILENCE_WALL_MS * clock.rate, look);
      const look = () => {
        ask().catch(() => {}); // the loss is told by `closed`
        cancel = arm();
      };
      const hear = () => {
        cancel();
        cancel = arm();
      };
      let cancel = arm();
      listeners.add(hear);
      return () => {
        cancel();
        listeners.delete(hear);
      };
    },
  };
}
