import type { Profile } from '../bench/profile.ts';
import { isOperation } from '../scenario/scenario.ts';
import type { Observation } from './expect/observation.ts';
import { quote } from './screen-watch.ts';
import type { StepRecord } from './step-record.ts';

/**
 * A card was presented, and the terminal gave the operation up by itself without having asked for anything more or sent
 * anything: it has not read the card. A card that is not seated, slips out or is tapped beside the field looks just like that,
 * and an end switch that closed proves nothing about contacts. Who is to blame cannot be told from here, so nothing that
 * follows from it is held against the terminal. Undefined when the card was read, or the scenario wanted it given up.
 */
export function cardNotRead(
  { step, outcome, card, screens, seen, faults }: StepRecord,
  profile: Profile,
): Observation | undefined {
  const { action, expect } = step;
  if (outcome !== 'cancelled' || !card || !isOperation(action)) return undefined;
  if (expect.outcome === undefined || expect.outcome === 'cancelled') return undefined;
  if (faults.length > 0 || seen.exchanges.length > 0) return undefined;
  const answers = profile.operations[action.do]?.answers ?? {};
  const asksForCard = (id: string | undefined) => answers[id ?? '']?.includes('present-card') ?? false;
  const asked = screens.findLastIndex(({ id }) => asksForCard(id));
  const end = screens.findIndex((screen, i) => i > asked && screen.outcome !== undefined);
  if (asked < 0 || end < 0) return undefined;
  const between = screens.slice(asked + 1, end);
  if (between.some(({ id }) => id !== undefined && Object.hasOwn(answers, id))) return undefined;
  const last = screens[end];
  return {
    path: 'card',
    expected: `the terminal reads card ${card.id}`,
    observed: `it gave up before it asked for anything more${last ? `: it shows ${quote(last)}` : ''}; was the card seated, and did it stay?`,
    verdict: 'inconclusive',
    blame: 'bench',
    undermines: true,
  };
}
