import type { Screen } from './planes.ts';
import type { Outcome, Profile } from './profile.ts';

/** A screen with its name in the terminal's profile. */
export interface SeenScreen extends Screen {
  /** Screen id of the profile; `dark` when unlit, undefined when the profile does not know it. */
  readonly id: string | undefined;
  readonly outcome: Outcome | undefined;
  /** Response code shown, if the profile says how to read one. */
  readonly code: string | undefined;
  /** What the bench has to give before the terminal goes on, by the profile. */
  readonly lacks?: string | undefined;
}

interface Known {
  readonly id: string;
  readonly outcome: Outcome | undefined;
  readonly match: readonly RegExp[];
  readonly status: readonly RegExp[];
  readonly code: RegExp | undefined;
  readonly lacks: string | undefined;
}

/** The screens of a profile with their patterns compiled, ^ and $ those of a line; a profile is never changed after it was loaded. */
const compiled = new WeakMap<Profile['screens'], readonly Known[]>();

function knownScreens({ screens }: Profile): readonly Known[] {
  let known = compiled.get(screens);
  if (!known) {
    known = Object.entries(screens).map(([id, { outcome, match, status = [], code, lacks }]) => ({
      id,
      outcome,
      match: match.map((pattern) => new RegExp(pattern, 'mu')),
      status: status.map((pattern) => new RegExp(pattern, 'mu')),
      code: code === undefined ? undefined : new RegExp(code, 'mu'),
      lacks,
    }));
    compiled.set(screens, known);
  }
  return known;
}

/** Names a screen by the profile: the first entry whose patterns are all found in the lines. */
export function recognise(profile: Profile, screen: Screen): SeenScreen {
  if (!screen.lit) return { ...screen, id: 'dark', outcome: undefined, code: undefined };
  const text = screen.lines.join('\n');
  if (screen.told) return recogniseTold(profile, screen, text);
  const found = knownScreens(profile).find(({ match }) => match.every((pattern) => pattern.test(text)));
  const code = found?.code?.exec(text)?.[1];
  return { ...screen, id: found?.id, outcome: found?.outcome, code, lacks: found?.lacks };
}

/** The code that the host gave, as a till is told it. */
const TOLD_CODE = /^result \S+ (?:ok|host) (\d\d)\b/;

/** Names what the terminal told its till: the first screen one of whose `status` patterns is found. */
function recogniseTold(profile: Profile, screen: Screen, text: string): SeenScreen {
  const found = knownScreens(profile).find(({ status }) => status.some((pattern) => pattern.test(text)));
  const code = found?.code && TOLD_CODE.exec(text)?.[1];
  return { ...screen, id: found?.id, outcome: found?.outcome, code, lacks: found?.lacks };
}

/** What stands on a screen, for messages. */
export const quote = (screen: Screen): string =>
  screen.lit
    ? `"${
        screen.lines
          .map((line) => line.trim())
          .filter(Boolean)
          .join(' / ') || 'blank'
      }"`
    : 'dark';
