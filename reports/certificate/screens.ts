import type { Happening, ScenarioView } from '../model.ts';

type Screen = ScenarioView['screens'][number];

/** The one screen of each step on which the terminal said what came of it. */
export function tellingScreens(scenario: ScenarioView): readonly Screen[] {
  return scenario.steps.flatMap(({ step }) => tellingScreen(scenario, step) ?? []);
}

/**
 * Which screen tells the outcome is the profile's knowledge and not in the journal. It is the first with a new heading
 * after the step's last message (without messages, after the card was presented or the last key): until then the heading names the operation, and
 * what follows is housekeeping, the same after every outcome.
 */
function tellingScreen(scenario: ScenarioView, step: number): Screen | undefined {
  const screens = scenario.screens.filter(({ at, lit }) => at.step === step && lit);
  const last = (is: (happening: Happening) => boolean) =>
    scenario.happenings.findLast((happening) => happening.at.step === step && is(happening))?.at.n;
  const from =
    last(({ type }) => type === 'message') ??
    last((happening) => happening.type === 'card' && happening.action !== 'remove') ??
    last(({ type }) => type === 'key') ??
    0;
  const heading = ({ lines }: Screen) => lines.find((line) => line.trim() !== '') ?? '';
  const before = new Set(screens.filter(({ at }) => at.n <= from).map(heading));
  const after = screens.filter(({ at }) => at.n > from);
  return after.find((screen) => !before.has(heading(screen))) ?? after.at(-1) ?? screens.at(-1);
}
