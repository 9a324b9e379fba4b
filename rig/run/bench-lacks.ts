import { quote, recognise, type SeenScreen } from '../bench/screens.ts';
import { RigError } from '../model/errors.ts';
import type { Observation } from './expect/observation.ts';
import { misreadOn } from './misread.ts';
import type { Stage } from './stage.ts';
import type { StepRecord } from './step-record.ts';

/**
 * A terminal that says that its printer has no paper waits for a person, and no person is at the bench. By what its profile
 * says of its screens (`lacks`), that is the bench's to mend, and nothing that follows from it is held against the terminal.
 */
const lackOf = (screen: SeenScreen): string | undefined =>
  screen.lacks === undefined
    ? undefined
    : `the terminal waits for ${screen.lacks}: it shows ${quote(screen)}`;

/** What a step showed that the bench lacks; undefined when the terminal asked for nothing of that kind. */
export function benchLacked({ screens }: Pick<StepRecord, 'screens'>): Observation | undefined {
  const told = screens.map(lackOf).find((told) => told !== undefined);
  if (told === undefined) return undefined;
  return {
    path: 'bench',
    expected: 'a bench that gives the terminal what it needs',
    observed: told,
    verdict: 'broken',
    blame: 'bench',
    undermines: true,
  };
}

/** Errors of a terminal that does not go where it is led. */
export const STUCK: readonly string[] = ['TERMINAL_STATE', 'TERMINAL_SCREEN'];

/**
 * The error itself, or, when a terminal that does not go on shows that the bench lacks something, or when the reader of its
 * screen was caught misreading, an error of the bench.
 */
export function orOfBench(error: RigError, { open, profile }: Pick<Stage, 'open' | 'profile'>): RigError {
  if (!STUCK.includes(error.code)) return error;
  const { display } = open.planes;
  const lacks = display && lackOf(recognise(profile, display.current()));
  if (lacks !== undefined)
    return new RigError('BENCH_LACKS', 'bench', lacks, {
      cause: error,
      hint: 'See to it at the terminal, then run again.',
    });
  const misread = misreadOn(display);
  if (misread === undefined) return error;
  return new RigError('DISPLAY_UNSURE', 'bench', `${error.message}; but the screen is misread: ${misread}`, {
    cause: error,
    hint: 'Look for glare, low contrast or a loose cable at the screen reader.',
  });
}
