import type { EventBody } from '../../../rig/model/event.ts';
import { formatFault } from '../../../rig/model/fault-text.ts';
import { isTillFault } from '../../../rig/model/till-fault.ts';
import { eventText } from '../../host/message-text.ts';

/** An event of the relay as text for a console; undefined for what is not shown. */
export function relayText(wall: string, event: EventBody): string | undefined {
  const time = wall.slice(11, 19);
  switch (event.type) {
    case 'fault': {
      const { proof, phase } = event;
      const head = `${time} ${proof.id} ${phase}`;
      if (phase === 'asked' || isTillFault(proof)) return undefined;
      if (phase === 'armed') return `${head}: ${formatFault(proof.fault)}`;
      return `${head}, ${proof.state}: ${proof.summary}`;
    }
    case 'note':
      return `${time} ${event.level === 'warning' ? 'warning: ' : ''}${event.text}`;
    case 'path': {
      const jitter = event.jitterMs > 0 ? ` + up to ${event.jitterMs} ms` : '';
      return `${time} path: ${event.region} over ${event.access}, from ${event.egress}, round trip ${event.rttMs} ms${jitter}`;
    }
    default:
      return eventText(wall, event);
  }
}
