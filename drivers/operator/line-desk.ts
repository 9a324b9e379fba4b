import { RigError } from '../../rig/model/errors.ts';
import type { PlaneName, Recorder } from '../../rig/model/event.ts';
import type { Clock } from '../../rig/model/time.ts';
import { openLineDevice } from '../transport/line-device.ts';
import { type Answer, type Desk, readAnswer } from './desk.ts';

/**
 * A desk elsewhere: a small terminal on a serial port at which the operator stands, line protocol `posrig-desk 1`. A
 * question is `ask <JSON>`, answered by `said <JSON>` when the person has done it.
 */
export async function openLineDesk(
  port: string,
  baud: number,
  plane: PlaneName,
  { clock, recorder, lost }: { readonly clock: Clock; readonly recorder: Recorder; lost(error: Error): void },
): Promise<Desk> {
  const device = await openLineDevice(
    {
      port,
      baud,
      what: "operator's desk",
      stream: 'desk',
      plane,
      identity: 'posrig-desk',
      code: 'OPERATOR_REFUSED',
      onLost: lost,
    },
    clock,
    recorder,
  );
  return {
    facts: { desk: port, version: device.identity.version },
    async ask(question, ms): Promise<Answer> {
      const shown = question.secret ? device.withhold('pin') : undefined;
      try {
        const line = await device.ask(`ask ${asciiJson(question)}`, /^said \{.*\}$/, ms);
        const answer = readAnswer(line.slice('said '.length));
        if (answer) return answer;
        throw new RigError(
          'TRANSPORT_PROTOCOL',
          'bench',
          "the operator's desk sent an answer that cannot be read",
        );
      } catch (error) {
        // The message of the line device holds the question, and with it what was to stay secret.
        if (!question.secret) throw error;
        throw new RigError('OPERATOR_REFUSED', 'bench', 'the operator did not do something secret in time');
      } finally {
        shown?.();
      }
    },
    close: () => device.close(),
  };
}

/** JSON in pure ASCII: the line protocol carries nothing else. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
