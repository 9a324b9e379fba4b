import { z } from 'zod';
import type { DisplayPlane, DriverContext, Screen } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { openLineDevice } from '../transport/line-device.ts';
import { readCodeBy } from './codes/code-eye.ts';
import { digitShapes } from './picture/digit-shapes.ts';
import { readPadBy } from './picture/pad-eye.ts';
import { Camera, pictureBy } from './picture/source.ts';
import { parseScreen } from './screen-line.ts';

/** Options of the driver `line-screen` in a bench file. */
export const options = z.strictObject({
  port: z.string().min(1).describe('serial port of the screen reader, best as /dev/serial/by-id/…'),
  baud: z.int().min(1200).max(4_000_000).default(115_200),
  pad: Camera.optional().describe(
    'a camera that sees what the reader, which tells texts only, does not: the digits of a shuffled pad, codes',
  ),
});
export type ScreenOptions = z.infer<typeof options>;

const ANSWER_MS = 5000;
/** How many damaged lines in a row are put up with. */
const DAMAGED_LIMIT = 5;

/**
 * A screen reader on the line protocol `posrig-screen 1`: it says every change of what is visible, in order. A damaged
 * line is asked for again; a reader whose count goes backwards has restarted and may have missed something.
 * Errors: TRANSPORT_PROTOCOL, and those of the line.
 */
export async function open(options: ScreenOptions, context: DriverContext): Promise<DisplayPlane> {
  const { clock, recorder } = context;
  const { pad: camera } = options;
  // The shapes are read now, not while a terminal waits for its PIN.
  if (camera) digitShapes();
  const listeners = new Set<(screen: Screen) => void>();
  let screen: Screen | undefined;
  let damaged = 0;

  /** The reader is no witness any more: told once, and nothing of it is believed from then on. */
  let disbelieved = false;
  const disbelieve = (error: RigError) => {
    if (disbelieved) return;
    disbelieved = true;
    context.lost(error);
  };
  const protocol = (message: string) =>
    new RigError('TRANSPORT_PROTOCOL', 'bench', message, {
      hint: 'Check cable and firmware of the screen reader.',
    });

  const take = (line: string) => {
    if (disbelieved || !line.startsWith('screen ')) return;
    const seen = parseScreen(line);
    if (!seen) {
      if (++damaged > DAMAGED_LIMIT) disbelieve(protocol('the screen reader sends what is no screen'));
      else device?.tell('read').catch(() => {});
      return;
    }
    damaged = 0;
    if (screen && seen.seq < screen.seq) {
      disbelieve(protocol(`the screen reader restarted: it counted ${screen.seq} and now ${seen.seq}`));
      return;
    }
    if (screen?.seq === seen.seq) return; // the answer to `read`: nothing newer
    if (screen && seen.seq > screen.seq + 1) {
      const missed = seen.seq - screen.seq - 1;
      recorder.record({
        type: 'note',
        level: 'warning',
        text: `screen reader: ${missed} screens were not read`,
      });
    }
    screen = { ...seen, at: clock.now() };
    recorder.record({ type: 'screen', seq: seen.seq, lit: seen.lit, lines: seen.lines });
    for (const listener of [...listeners]) listener(screen);
  };

  let device: Awaited<ReturnType<typeof openLineDevice>> | undefined;
  const opened = await openLineDevice(
    {
      port: options.port,
      baud: options.baud,
      what: 'screen reader',
      stream: 'screen',
      plane: 'display',
      identity: 'posrig-screen',
      code: 'TRANSPORT_PROTOCOL',
      pushes: (line) => line.startsWith('screen '),
      onPush: take,
      onLost: disbelieve,
    },
    clock,
    recorder,
  );
  device = opened;

  /**
   * Screens come unasked as well, so a `screen` line alone may be older than the question. Answers come in order: when
   * `id?`, asked after `read`, is answered, whatever was visible at `read` has been delivered.
   */
  const refresh = async (): Promise<Screen> => {
    await opened.tell('read');
    await opened.ask('id?', /^id /, ANSWER_MS);
    if (!screen) throw protocol('the screen reader answers, but tells no screen');
    return screen;
  };

  try {
    await opened.ask('watch', 'ok', ANSWER_MS);
    await refresh();
  } catch (error) {
    await opened.close();
    throw error;
  }
  const { rows, columns } = opened.identity.facts;
  const { display } = context.profile;
  if (Number(rows) !== display.rows || Number(columns) !== display.columns) {
    recorder.record({
      type: 'note',
      level: 'warning',
      text: `screen reader: it reads ${rows} × ${columns}, the profile's display has ${display.rows} × ${display.columns}`,
    });
  }
  return {
    facts: { version: opened.identity.version, rows: rows ?? '', columns: columns ?? '' },
    current: () => {
      if (!screen) throw new RigError('RIG_DEFECT', 'rig', 'the display was opened without a screen');
      return screen;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refresh,
    ...(camera && {
      readPad: () => readPadBy(() => pictureBy(camera, context), context),
      readCode: () => readCodeBy(() => pictureBy(camera, context), context),
    }),
    close: async () => {
      listeners.clear();
      await opened.close();
    },
  };
}
