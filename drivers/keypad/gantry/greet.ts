import { RigError } from '../../../rig/model/errors.ts';
import type { Recorder } from '../../../rig/model/event.ts';
import { type Dialect, detectDialect, receiveBufferOf } from '../../codec/grbl/dialects.ts';
import type { Point, Response } from '../../codec/grbl/responses.ts';
import type { GrblLink } from './link.ts';
import { homingLimit, lowestZ } from './settings.ts';
import { readSettings } from './settings-read.ts';

/** How long a controller may take to restart after a soft reset, nominal ms. */
const RESTART_MS = 5000;
const ANSWER_MS = 5000;

export interface Homed {
  readonly home: Point;
  readonly homingMs: number;
  /** Z to which the machine can go down, where its settings tell. */
  readonly lowest: number | undefined;
  readonly facts: Readonly<Record<string, string>>;
}

/** What the bench file says about the controller. */
export interface Wanted {
  /** ms */
  readonly boot: number;
  readonly dialect: Dialect['id'] | 'auto';
  /** Fingerprint that the settings must have. */
  readonly settings?: string | undefined;
}

/**
 * From an open port to a homed machine: wait for the greeting that opening the port causes on boards that restart with
 * it, else reset; ask who is there; refuse settings with which a place could not be trusted; home.
 * Errors: TRANSPORT_TIMEOUT (nobody greets), KEYPAD_POSITION, KEYPAD_ALARM.
 */
export async function greet(link: GrblLink, wanted: Wanted, recorder: Recorder): Promise<Homed> {
  await greeted(link, wanted.boot, wanted.dialect);
  let who: Introduction;
  try {
    who = await introduced(link);
  } catch (error) {
    // A board that was slow to greet does so again after the reset: start over, once.
    if (link.cause?.why !== 'restart') throw error;
    await greeted(link, 0, wanted.dialect);
    who = await introduced(link);
  }
  const { dialect } = link;
  if (wanted.dialect !== 'auto' && wanted.dialect !== dialect.id) {
    throw new RigError(
      'KEYPAD_POSITION',
      'bench',
      `the motion controller speaks ${dialect.title}, and the bench file says ${wanted.dialect}`,
      { hint: 'Is it the right port? Otherwise correct `dialect` of the keypad in the bench file.' },
    );
  }
  const { settings, hash, warnings } = await readSettings(
    () => link.run(dialect.settings, 'the list of its settings', ANSWER_MS),
    dialect,
    who.said,
    wanted.settings,
  );
  for (const text of warnings) recorder.record({ type: 'note', level: 'warning', text: `gantry: ${text}` });
  const homingMs = homingLimit(settings);
  await link.run(dialect.home, 'homing', homingMs);
  await link.run(dialect.modes, 'setting its modes', ANSWER_MS);
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
    lowest: lowestZ(settings, position.z),
    facts: { firmware: who.firmware, dialect: dialect.id, build: build[0] ?? '', settings: hash },
  };
}

async function greeted(link: GrblLink, bootMs: number, dialect: Wanted['dialect']): Promise<void> {
  if (bootMs > 0 && !link.dead && (await link.greeting(bootMs, true))) return;
  if (dialect !== 'marlin') {
    await link.reset();
    if (await link.greeting(RESTART_MS)) return;
  }
  if (dialect === 'marlin' || dialect === 'auto') {
    await link.probeMarlin();
    if (await link.greeting(RESTART_MS)) return;
  }
  throw new RigError('TRANSPORT_TIMEOUT', 'bench', 'nobody greets on the port of the motion controller', {
    hint: 'Is it powered, is the emergency stop released, and is it a Grbl-class controller at this baud rate?',
  });
}

interface Introduction {
  readonly firmware: string;
  readonly said: readonly Response[];
}

/** Lets it say who it is; from here on it is spoken to in its own way. */
async function introduced(link: GrblLink): Promise<Introduction> {
  const firmware = (await link.greeting(RESTART_MS)) ?? '';
  const [name = '', version = ''] = firmware.split(' ');
  const who = await link.run(link.dialect.identity, 'its introduction', ANSWER_MS);
  const dialect = detectDialect([{ kind: 'banner', firmware: name, version }, ...who]);
  if (!dialect) {
    throw new RigError(
      'KEYPAD_POSITION',
      'bench',
      `"${firmware}" is no motion controller that posrig knows`,
      {
        hint: 'It must be Grbl 1.1, grblHAL, FluidNC or Marlin.',
      },
    );
  }
  link.speak(dialect, receiveBufferOf(who));
  return { firmware, said: who };
}
