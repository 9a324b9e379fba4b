import { RigError } from '../../../rig/model/errors.ts';
import type { Recorder } from '../../../rig/model/event.ts';
import { BUILD_INFO, HOME, MODES, SETTINGS } from '../../codec/grbl/commands.ts';
import type { Point, Response } from '../../codec/grbl/responses.ts';
import type { GrblLink } from './link.ts';
import { checkSettings, homingLimit, settingsHash, settingsOf } from './settings.ts';

/** How long a controller may take to restart after a soft reset, nominal ms. */
const RESTART_MS = 5000;
const ANSWER_MS = 5000;

export interface Homed {
  readonly home: Point;
  readonly homingMs: number;
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * From an open port to a homed machine: wait for the greeting that opening the port causes on boards that restart with
 * it, else reset; ask who is there; refuse settings with which a place could not be trusted; home.
 * Errors: TRANSPORT_TIMEOUT (nobody greets), KEYPAD_POSITION, KEYPAD_ALARM.
 */
export async function greet(link: GrblLink, bootMs: number, recorder: Recorder): Promise<Homed> {
  await greeted(link, bootMs);
  let who: { readonly firmware: string; readonly said: readonly Response[] };
  try {
    who = await introduced(link);
  } catch (error) {
    // A board that was slow to greet does so again after the reset: start over, once.
    if (link.cause?.why !== 'restart') throw error;
    await greeted(link, 0);
    who = await introduced(link);
  }
  const settings = settingsOf(who.said);
  for (const text of checkSettings(settings))
    recorder.record({ type: 'note', level: 'warning', text: `gantry: ${text}` });
  const homingMs = homingLimit(settings);
  await link.run([HOME], 'homing', homingMs);
  await link.run([MODES], 'setting its modes', ANSWER_MS);
  const { state, position } = await link.whereabouts();
  if (state !== 'Idle' || !position) {
    throw new RigError(
      'KEYPAD_POSITION',
      'bench',
      `the motion controller is in state ${state} after homing`,
      {
        hint: 'It must be idle and report its machine position; set `$10=1`.',
      },
    );
  }
  const build = who.said.flatMap((each) =>
    each.kind === 'feedback' && each.tag === 'VER' ? [each.text] : [],
  );
  return {
    home: position,
    homingMs,
    facts: { firmware: who.firmware, build: build[0] ?? '', settings: settingsHash(settings) },
  };
}

async function greeted(link: GrblLink, bootMs: number): Promise<string> {
  const byItself = bootMs > 0 && !link.dead ? await link.greeting(bootMs, true) : undefined;
  if (byItself) return byItself;
  await link.reset();
  const asked = await link.greeting(RESTART_MS);
  if (asked) return asked;
  throw new RigError('TRANSPORT_TIMEOUT', 'bench', 'nobody greets on the port of the motion controller', {
    hint: 'Is it powered, is the emergency stop released, and is it a Grbl-class controller at this baud rate?',
  });
}

async function introduced(link: GrblLink) {
  const firmware = await link.greeting(RESTART_MS);
  const said = [
    ...(await link.run([BUILD_INFO], 'its introduction', ANSWER_MS)),
    ...(await link.run([SETTINGS], 'the list of its settings', ANSWER_MS)),
  ];
  return { firmware: firmware ?? '', said };
}
