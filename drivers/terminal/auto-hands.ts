import type { HandAction, Profile } from '../../rig/bench/profile.ts';
import { recognise } from '../../rig/bench/screens.ts';
import type { EntryMode, TestCard } from '../../rig/model/card.ts';
import type { Clock } from '../../rig/model/time.ts';
import type { TerminalBody, VisibleScreen } from '../virtual/terminal/body.ts';

/** A person at the terminal who does what its screens ask for, by the profile: card, PIN, sign-on, card out. */
export interface AutoHands {
  readonly card: TestCard;
  readonly entry: EntryMode;
  /** Nominal ms from a question to what the person does, and from one key to the next. */
  readonly thinks: number;
  readonly types: number;
}

/** The profile's screen that shows; undefined for one that it does not know. */
export const screenOf = (profile: Profile, { lit, lines }: VisibleScreen): string | undefined =>
  recognise(profile, { seq: 0, at: 0, lit, lines }).id;

/** Lets hands work on a terminal. What they cannot know (a voucher number) they leave to others. */
export function workByItself(
  body: TerminalBody,
  profile: Profile,
  clock: Clock,
  { card, entry, thinks, types }: AutoHands,
): void {
  let asked: string | undefined;
  let busy: Promise<void> = Promise.resolve();
  const press = async (key: string) => {
    body.keyDown(key);
    body.keyUp(key);
    await clock.sleep(types);
  };
  const act = async (action: HandAction): Promise<void> => {
    if (action === 'present-card') {
      if (entry === 'chip') body.cardInserted(card);
      else if (entry === 'swipe') body.cardSwiped(card);
      else body.cardTapped(card);
    } else if (action === 'remove-card') body.cardRemoved();
    else if (action === 'pin')
      for (const digit of card.pin) await press(profile.keypad.digits?.[digit] ?? digit);
    else if (typeof action === 'object' && 'press' in action) {
      if (action.for === undefined || action.for === entry) await press(action.press);
    }
  };
  /** What is done on a screen, if the person can: nobody knows what to type where a number of the till is asked for. */
  const answersTo = (id: string): readonly HandAction[] => {
    for (const operation of Object.values(profile.operations)) {
      const actions = operation?.answers[id];
      if (actions?.some((action) => action === 'present-card' || action === 'pin')) return actions;
    }
    return [];
  };
  const look = (screen: VisibleScreen) => {
    const id = screenOf(profile, screen);
    if (id === asked) return;
    asked = id;
    if (id === undefined) return;
    busy = busy
      .then(() => clock.sleep(thinks))
      .then(async () => {
        // Somebody else may have answered it in the meantime.
        if (screenOf(profile, body.screen) !== id) return;
        if (profile['card-in'].includes(id)) return body.cardRemoved();
        if (profile['signed-off'].includes(id))
          for (const key of profile.operations['sign-on']?.start ?? []) await press(key);
        for (const action of answersTo(id)) await act(action);
      });
  };
  body.onScreen(look);
  look(body.screen);
}
