import { isRigError, toRigError } from '../model/errors.ts';
import type { PlaneName } from '../model/event.ts';
import type { AnyDriver } from './manifest.ts';
import type { DriverContext, Opened, PlaneByName } from './planes.ts';

/** One thing that every driver of a plane must do. */
export interface Conformance {
  readonly title: string;
  readonly passed: boolean;
  /** What was wrong. */
  readonly why: string;
}

/** How long closing may take, wall ms. */
const CLOSE_WALL_MS = 8000;
const NONSENSE = 'posrig-has-no-such-option';

type Checks<P extends PlaneName> = readonly (readonly [
  string,
  (plane: PlaneByName[P], context: DriverContext) => Promise<void>,
])[];

const CHECKS: { readonly [P in PlaneName]?: Checks<P> } = {
  power: [
    [
      'power goes off and comes back, and reads so',
      async (power) => {
        await power.set('off');
        demand((await power.get()) === 'off', 'it reads on after it was switched off');
        await power.set('on');
        demand((await power.get()) === 'on', 'it reads off after it was switched on');
      },
    ],
    [
      'switching to what it is already is no error',
      async (power) => {
        await power.set('on');
        await power.set('on');
      },
    ],
  ],
  card: [
    [
      'removing is no error when no card is in',
      async (card) => {
        await card.remove();
        await card.remove();
      },
    ],
    [
      'only cards of the card file are offered',
      async (card, { cards }) => {
        for (const id of card.cards.keys())
          demand(
            cards.some((each) => each.id === id),
            `"${id}" is in no card file`,
          );
      },
    ],
    [
      'a card that it does not have is CARD_UNKNOWN',
      (card) => refuses(card.insert('no-such-card'), 'CARD_UNKNOWN'),
    ],
    [
      'the first chip card goes in and comes out',
      async (card) => {
        const [id] = [...card.cards].find(([, modes]) => modes.includes('chip')) ?? [];
        if (id === undefined) return;
        await card.insert(id);
        await card.remove();
      },
    ],
  ],
  keypad: [
    [
      'a key that the profile lacks is KEYPAD_UNKNOWN_KEY',
      (keypad) => refuses(keypad.press('no-such-key'), 'KEYPAD_UNKNOWN_KEY'),
    ],
    [
      'parking twice is no error',
      async (keypad) => {
        await keypad.park();
        await keypad.park();
      },
    ],
  ],
  display: [
    [
      'the number of the screen never falls',
      async (display) => {
        const before = display.current().seq;
        demand((await display.refresh()).seq >= before, 'a refreshed screen is older than the current one');
      },
    ],
    [
      'a listener can be taken away twice',
      async (display) => {
        const stop = display.onChange(() => {});
        stop();
        stop();
      },
    ],
  ],
};

/** What a plane's driver is asked to do; printers, hosts and the like have only what all have. */
export const conformanceTitles = (plane: PlaneName): readonly string[] => [
  'options that it does not know are refused',
  'it opens, and says what it found as text',
  ...(CHECKS[plane] ?? []).map(([title]) => title),
  'its self-test says what it found',
  `it closes within ${CLOSE_WALL_MS / 1000} s, twice without an error`,
];

/**
 * The conformance kit: tries a driver with given options and tells what it does not do. The fixture moves and the power
 * goes; nothing is entered at the terminal.
 */
export async function conformance(
  plane: PlaneName,
  module: AnyDriver,
  given: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Promise<readonly Conformance[]> {
  const results: Conformance[] = [];
  const attempt = async (title: string, act: () => Promise<void> | void): Promise<boolean> => {
    try {
      await act();
      results.push({ title, passed: true, why: '' });
      return true;
    } catch (thrown) {
      results.push({ title, passed: false, why: toRigError(thrown).message });
      return false;
    }
  };
  const [refusing = '', opening = '', ...rest] = conformanceTitles(plane);
  await attempt(refusing, () => {
    demand(
      !module.options.safeParse({ ...given, [NONSENSE]: 1 }).success,
      'a misspelt option would go unnoticed',
    );
  });
  let opened: Opened | undefined;
  await attempt(opening, async () => {
    const options = module.options.safeParse(given);
    demand(options.success, options.error?.issues[0]?.message ?? 'its options do not fit');
    const thing: Opened = await module.open(options.data, context);
    opened = thing;
    for (const [name, fact] of Object.entries(thing.facts))
      demand(typeof fact === 'string', `fact ${name} is no text`);
  });
  const thing = opened;
  if (thing === undefined) {
    for (const title of rest) results.push({ title, passed: false, why: 'it did not open' });
    return results;
  }
  const checks = (CHECKS[plane] ?? []) as Checks<PlaneName>;
  for (const [title, check] of checks)
    await attempt(title, () => check(thing as PlaneByName[PlaneName], context));
  await attempt(rest.at(-2) ?? '', async () => {
    if (!module.selfTest) return;
    demand(typeof (await module.selfTest(thing, context)) === 'string', 'it said nothing');
  });
  await attempt(rest.at(-1) ?? '', async () => {
    const began = performance.now();
    await thing.close();
    await thing.close();
    demand(performance.now() - began < CLOSE_WALL_MS, `it took ${Math.round(performance.now() - began)} ms`);
  });
  return results;
}

function demand(holds: boolean, why: string): asserts holds {
  if (!holds) throw new Error(why);
}

async function refuses(act: Promise<unknown>, code: string): Promise<void> {
  try {
    await act;
  } catch (error) {
    demand(isRigError(error), `it throws no RigError but ${error}`);
    demand(error.code === code, `it throws ${error.code}, not ${code}`);
    return;
  }
  throw new Error('it does not complain');
}
