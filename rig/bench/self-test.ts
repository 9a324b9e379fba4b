import { isRigError, RigError, toRigError } from '../model/errors.ts';
import type { PlaneName } from '../model/event.ts';
import type { OpenBench } from './open.ts';
import type { PlaneByName, PrinterPlane } from './planes.ts';

/** What a fixture showed of itself. */
export interface FixtureTest {
  readonly plane: PlaneName;
  readonly driver: string;
  readonly passed: boolean;
  /** What was found, or what is wrong. */
  readonly found: string;
  readonly error?: RigError;
}

/** How long one fixture may take, wall ms: homing a gantry is the longest. */
const LIMIT_WALL_MS = 60_000;

type Tests = { readonly [P in PlaneName]?: (plane: PlaneByName[P]) => Promise<string> };

/**
 * What every plane can show by its own interface, harmless to terminal and money. A driver that can show more brings its own
 * (`DriverModule.selfTest`).
 */
const TESTS: Tests = {
  power: async (power) => `reads ${await power.get()}`,
  display: async (display) => {
    const { lit, lines } = await display.refresh();
    return lit ? `answers; ${lines.length} lines` : 'answers; dark';
  },
  card: async (card) => {
    await card.remove();
    return `${card.cards.size} cards, none in the reader`;
  },
  keypad: async (keypad) => {
    await keypad.park();
    return 'homed and parked';
  },
  printer: async (printer) => {
    const letGo = await heldBack(printer);
    await letGo?.();
    const { length } = printer.slips();
    const waits = letGo ? 'was told to wait and to go on' : 'cannot be told to wait';
    return `captures; ${waits}; ${length} slips${printer.printing() ? ', one begun' : ''}`;
  },
  till: async (till) => {
    await till.settled();
    return 'no order is under way';
  },
};

/** Tests every fixture of an open bench, one after the other: what one moves may be in another's way. */
export async function testFixtures(open: OpenBench): Promise<readonly FixtureTest[]> {
  const results: FixtureTest[] = [];
  for (const { plane, driver } of open.drivers) {
    const test = open.selfTests.get(plane) ?? generic(open, plane);
    if (!test) continue;
    const about = { plane, driver };
    try {
      results.push({ ...about, passed: true, found: await within(test(), plane) });
    } catch (thrown) {
      const error = toRigError(thrown);
      results.push({ ...about, passed: false, found: error.message, error });
    }
  }
  return results;
}

function generic(open: OpenBench, name: PlaneName): (() => Promise<string>) | undefined {
  const test = TESTS[name] as ((plane: unknown) => Promise<string>) | undefined;
  const plane = open.planes[name];
  return test && plane ? () => test(plane) : undefined;
}

function within(test: Promise<string>, plane: PlaneName): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new RigError(
            'TRANSPORT_TIMEOUT',
            'bench',
            `the ${plane} did not end its self-test in ${LIMIT_WALL_MS / 1000} s`,
          ),
        ),
      LIMIT_WALL_MS,
    );
  });
  return Promise.race([test, late]).finally(() => clearTimeout(timer));
}

/** Why a bench is not in order, in one sentence; undefined when it is. */
export function healthFailure(results: readonly FixtureTest[]): RigError | undefined {
  const [first, ...others] = results.filter((result) => !result.passed);
  if (!first) return undefined;
  const more = others.length > 0 ? ` (and ${others.map(({ plane }) => plane).join(', ')})` : '';
  return new RigError(first.error?.code ?? 'RIG_DEFECT', 'bench', `${first.plane}: ${first.found}${more}`, {
    cause: first.error,
    ...(first.error?.hint === undefined ? {} : { hint: first.error.hint }),
  });
}

/** Holds the printing back; undefined where the paper is one that cannot be held, such as a till's. */
export const heldBack = (printer: PrinterPlane): Promise<(() => Promise<void>) | undefined> =>
  printer.hold().catch((error: unknown) => {
    if (isRigError(error) && error.code === 'PLANE_MISSING') return undefined;
    throw error;
  });
