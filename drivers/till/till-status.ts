import { z } from 'zod';
import type { DisplayPlane, DriverContext, Screen } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { parseDuration } from '../../rig/model/time.ts';
import { type TillStatuses, tillStatuses } from './status-bus.ts';

/** Options of the driver `till-status` in a bench file. */
export const options = z.strictObject({
  every: z
    .string()
    .refine((text) => (parseDuration(text) ?? 0) >= 500, { message: 'expected a duration of 500 ms or more' })
    .default('2 s')
    .describe('how often the terminal is asked for its state while no order is under way'),
});

/** A display by what the till hears needs a till. */
export const besides = (_: unknown, { till }: { readonly till?: string }): string | undefined =>
  till === undefined
    ? 'the bench has no till plane, by which the display driver till-status sees'
    : undefined;

/** What is known of a terminal that nobody has asked yet. */
const UNASKED: readonly string[] = ['status not asked yet'];

/**
 * The display plane of a bench without camera and screen reader: what the terminal tells its till (intermediate states,
 * results, its state when asked) in the place of what it shows. The profile names screens by it under `status`. What keys
 * do is not seen. A terminal that does not answer its till is dark.
 * Errors: `lost` with PLANE_MISSING when the till of the bench is none that hears states.
 */
export async function open(
  { every }: z.infer<typeof options>,
  context: DriverContext,
  bus: TillStatuses = tillStatuses(context),
): Promise<DisplayPlane> {
  const { clock, recorder } = context;
  const pause = parseDuration(every) ?? 0;
  const listeners = new Set<(screen: Screen) => void>();
  let screen: Screen = { seq: 0, lit: true, lines: UNASKED, at: clock.now(), told: true };
  let closed = false;

  const show = (lit: boolean, lines: readonly string[]) => {
    if (closed || (screen.lit === lit && screen.lines.join('\n') === lines.join('\n'))) return;
    screen = { seq: screen.seq + 1, lit, lines, at: clock.now(), told: true };
    recorder.record({ type: 'screen', seq: screen.seq, lit, lines });
    for (const listener of [...listeners]) listener(screen);
  };
  bus.watch((lines) => show(true, lines));

  let asking: Promise<void> | undefined;
  const ask = (): Promise<void> => {
    asking ??= askOnce().finally(() => {
      asking = undefined;
    });
    return asking;
  };
  const askOnce = async () => {
    if (!bus.source) throw tellsNothing();
    const said = await bus.source();
    if (said === 'ordered') return;
    show(said !== 'silent', said === 'silent' ? [] : said);
  };

  let stop: (() => void) | undefined;
  const goOn = () => {
    if (closed) return;
    stop = clock.after(pause, () => void ask().then(goOn, context.lost));
  };
  const begin = () => {
    if (stop) return;
    stop = () => {};
    // The till is opened after its display: only whoever uses the bench finds that there is none.
    void ask().then(goOn, context.lost);
  };

  return {
    facts: { every },
    tells: 'states',
    current: () => screen,
    onChange: (listener) => {
      listeners.add(listener);
      begin();
      return () => void listeners.delete(listener);
    },
    refresh: async () => {
      await ask();
      return screen;
    },
    close: async () => {
      closed = true;
      stop?.();
      listeners.clear();
      await asking?.catch(() => {});
    },
  };
}

const tellsNothing = (): RigError =>
  new RigError('PLANE_MISSING', 'bench', 'the till of this bench does not hear the states of its terminal', {
    hint: 'The display driver till-status needs a till that does, such as the driver zvt.',
  });
