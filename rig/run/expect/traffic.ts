import type { PartUnderTest } from '../../model/verdict.ts';
import type { TrafficExpect } from '../../scenario/scenario.ts';
import type { StepRecord } from '../step-record.ts';
import { met, type Observation, unmet, unobserved } from './observation.ts';

/**
 * What a step cost on the line beside the most that it may cost. Connections are those that were accepted, bytes those that
 * were handed on: payload, without the headers of TCP and IP.
 */
export function observeTraffic(
  limit: TrafficExpect,
  { traffic }: Pick<StepRecord, 'traffic'>,
  underTest: readonly PartUnderTest[],
): Observation[] {
  const found: Observation[] = [];
  const judge = (what: keyof TrafficExpect, count: number | undefined, detail: string) => {
    const most = limit[what];
    if (most === undefined) return;
    const path = `expect.traffic.${what}`;
    const expected = `at most ${counted(most, what)}`;
    if (count === undefined) found.push(unobserved(path, expected, 'network'));
    else if (count <= most) found.push(met(path, expected, `${counted(count, what)}${detail}`));
    else found.push(unmet(path, expected, `${counted(count, what)}${detail}`, 'terminal', underTest));
  };
  judge('connections', traffic?.connections, '');
  judge(
    'bytes',
    traffic && traffic.request + traffic.response,
    traffic ? ` (${traffic.request} from the terminal, ${traffic.response} to it)` : '',
  );
  return found;
}

const counted = (count: number, what: keyof TrafficExpect): string =>
  `${count} ${count === 1 ? what.slice(0, -1) : what}`;
