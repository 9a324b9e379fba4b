import type { OpenBench } from '../bench/open.ts';
import type { Profile } from '../bench/profile.ts';
import { type StrategyRules, stateOn, strategyOf, type TerminalState, type Way } from '../bench/strategy.ts';
import { counted } from '../model/counted.ts';
import { RigError } from '../model/errors.ts';
import { type Clock, parseDuration } from '../model/time.ts';
import type { ScreenWatch, SeenScreen } from './screen-watch.ts';
import { quote } from './screen-watch.ts';

/** Mains off time of a recovery power cycle, nominal ms (labgrid's default). */
const OFF_TIME = 2000;

export interface IdleSeeker {
  readonly planes: OpenBench['planes'];
  readonly profile: Profile;
  readonly watch: ScreenWatch;
  readonly clock: Clock;
}

const durationOf = (text: string): number => parseDuration(text) ?? 0;

/** True on the screens from which operations start, signed on or not. */
export const isIdle = (profile: Profile, screen: SeenScreen): boolean =>
  screen.id !== undefined && (profile.idle.includes(screen.id) || profile['signed-off'].includes(screen.id));

/**
 * Follows a finished operation back to idle by doing nothing but what the terminal asks for (card out). One that has told
 * its till the result and is only busy may be asking for the card where nobody sees it: then it is taken out, too. Undefined
 * when idle does not come within the time that result and slips may take.
 */
export async function followToIdle(seeker: IdleSeeker): Promise<SeenScreen | undefined> {
  const { planes, profile, watch, clock } = seeker;
  const { result, print, reaction } = profile.timers;
  const patience =
    durationOf(result) + profile.receipt.order.length * durationOf(print) + 2 * durationOf(reaction);
  const rules = strategyOf(profile);
  const asksForCard = (screen: SeenScreen) =>
    profile['card-in'].includes(screen.id ?? '') || (screen.told && stateOn(rules, screen) === 'busy');
  const deadline = clock.now() + patience;
  let cursor = Math.max(0, watch.mark - 1);
  for (;;) {
    const found = await watch.find(
      cursor,
      (screen) => isIdle(profile, screen) || asksForCard(screen) === true,
      Math.max(0, deadline - clock.now()),
    );
    if (!found || isIdle(profile, found.screen)) return found?.screen;
    await planes.card?.remove();
    cursor = found.at + 1;
  }
}

/** Whether a screen is one from which operations start by the strategy of the profile. */
const isHome = (state: TerminalState): boolean => state === 'idle' || state === 'signed-off';

/** More moves than these are going in circles. */
const MOVES_MAX = 60;

/**
 * Brings the terminal to idle (or to the screen that asks to sign on) by the strategy of its profile: the state is told by
 * the screen, and the ways out of it are tried in their order; what worked brings another state with ways of its own. The
 * mains are the last resort, once. The error at the end of all ways blames the terminal: everything that the bench could
 * do was done.
 */
export async function bringToIdle(seeker: IdleSeeker): Promise<SeenScreen> {
  const { profile, watch } = seeker;
  const rules = strategyOf(profile);
  const used = new Map<TerminalState, number>();
  const tried: string[] = [];
  let cycled = false;
  for (let moves = 0; moves < MOVES_MAX; moves++) {
    const state = stateOn(rules, watch.current);
    if (isHome(state)) return watch.current;
    const at = used.get(state) ?? 0;
    const way = rules[state].next[at];
    if (way === undefined) throw stuck(state, tried, watch.current);
    used.set(state, at + 1);
    const mains = way === 'power-cycle';
    if ((mains && cycled) || !able(way, seeker)) continue;
    if (mains) {
      cycled = true;
      // After a new start every way is worth another try.
      used.clear();
    }
    tried.push(`${state}: ${typeof way === 'string' ? way : `press ${way.press}`}`);
    await go(way, state, rules, seeker);
  }
  throw stuck(stateOn(rules, watch.current), tried, watch.current);
}

const stuck = (state: TerminalState, tried: readonly string[], screen: SeenScreen): RigError =>
  new RigError(
    'TERMINAL_STATE',
    'terminal',
    `the terminal does not come back to idle; it is ${state} and shows ${quote(screen)} (tried: ${tried.join('; ') || 'nothing, its profile names no way'})`,
    { hint: 'Look at it. If there is a way back, give it to the profile: strategy.' },
  );

/** Whether this bench can go a way. */
const able = (way: Way, { planes }: IdleSeeker): boolean => {
  if (way === 'power-on' || way === 'power-cycle') return planes.power !== undefined;
  if (way === 'remove-card') return planes.card !== undefined;
  return typeof way === 'string' || planes.keypad !== undefined;
};

/** Goes one way and resolves when the terminal is in another state, or has had its time. */
async function go(way: Way, state: TerminalState, rules: StrategyRules, seeker: IdleSeeker): Promise<void> {
  const { planes, profile, watch, clock } = seeker;
  const mark = watch.mark;
  const changed = (ms: number) =>
    watch.find(mark, (screen) => stateOn(rules, screen) !== state, ms).then(() => {});
  if (typeof way === 'object') {
    await planes.keypad?.press(way.press);
    return changed(durationOf(profile.timers.reaction));
  }
  switch (way) {
    case 'remove-card':
      return planes.card?.remove();
    case 'power-on':
      await planes.power?.set('on');
      return changed(rules.off.within);
    case 'power-cycle':
      await planes.power?.set('off');
      await clock.sleep(OFF_TIME);
      await planes.power?.set('on');
      return void (await watch.find(mark, (screen) => screen.lit, rules.off.within));
    case 'sign-on':
      return;
    case 'wait':
      return waitOut(state, rules, seeker);
  }
}

/** Waits until a state ends by itself; a card that the terminal wants out is taken out. */
async function waitOut(state: TerminalState, rules: StrategyRules, seeker: IdleSeeker): Promise<void> {
  const { planes, profile, watch, clock } = seeker;
  const deadline = clock.now() + rules[state].within;
  for (let cursor = Math.max(0, watch.mark - 1); ; ) {
    const found = await watch.find(
      cursor,
      (screen) => stateOn(rules, screen) !== state || profile['card-in'].includes(screen.id ?? ''),
      Math.max(0, deadline - clock.now()),
    );
    if (!found || stateOn(rules, found.screen) !== state) return;
    await planes.card?.remove();
    cursor = found.at + 1;
  }
}

/** How often what does not agree yet is asked again. */
const PROOFS = 5;

/**
 * Proves that the terminal is idle by everything that the profile names and the bench can see: its screen, asked anew; what
 * it tells its till; whether it is still connected. Says how it was proved. A connection that still stands is only told: the
 * path may hold one that the terminal has long given up. Errors: TERMINAL_STATE (terminal).
 */
export async function proveIdle(seeker: IdleSeeker): Promise<string> {
  const { planes, profile, watch, clock } = seeker;
  const rules = strategyOf(profile);
  const pause = durationOf(profile.timers.result) / PROOFS;
  for (let asked = 1; ; asked++) {
    const screen = await watch.refresh();
    const state = stateOn(rules, screen);
    const rule = rules[isHome(state) ? state : 'idle'];
    const till = rule.till === undefined ? undefined : await planes.till?.state?.();
    const live = rule.link === undefined ? undefined : planes.network?.live?.();
    const agreed = isHome(state) && (till === undefined || till === rule.till);
    const linked = live === undefined || live > 0 === (rule.link === 'up');
    if (agreed && (linked || asked >= PROOFS)) {
      return [
        `it shows ${quote(screen)}`,
        ...(till === undefined ? [] : [`tells its till that it is ${till}`]),
        ...(live === undefined
          ? []
          : [live === 0 ? 'is not connected' : `holds ${counted(live, 'connection')}`]),
      ].join(', ');
    }
    if (asked >= PROOFS) {
      throw new RigError(
        'TERMINAL_STATE',
        'terminal',
        isHome(state)
          ? `the terminal shows ${quote(screen)} and tells its till that it is ${till ?? 'nothing'}`
          : `the terminal was idle and is no more; it shows ${quote(screen)}`,
      );
    }
    await clock.sleep(pause);
  }
}

/** Switches the mains on and waits until the terminal has booted, printed what it owed and is idle. */
export async function powerUp(seeker: IdleSeeker): Promise<SeenScreen> {
  const { planes, profile, watch } = seeker;
  const mark = watch.mark;
  await planes.power?.set('on');
  const { boot, print, reaction } = profile.timers;
  const patience =
    durationOf(boot) * 1.5 + profile.receipt.order.length * durationOf(print) + durationOf(reaction);
  const { screen } = await watch.expect(
    mark,
    (seen) => isIdle(profile, seen),
    patience,
    'the idle screen after power-up',
  );
  return screen;
}
