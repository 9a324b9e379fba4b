import { RigError } from '../../../rig/model/errors.ts';
import type { Dialect } from '../../codec/grbl/dialects.ts';
import type { Response } from '../../codec/grbl/responses.ts';
import { checkSettings, type Settings, settingsHash, settingsOf } from './settings.ts';

/** How often the list is asked for before what it says counts; a line loses or damages a byte now and then. */
const READS = 3;
/** Without these nobody knows where the finger is: homing, and millimetres or inches. */
const NEEDED = [13, 22] as const;

export interface ReadSettings {
  readonly settings: Settings;
  /** Fingerprint of all of them. */
  readonly hash: string;
  /** What is worth a warning. */
  readonly warnings: readonly string[];
}

/**
 * Reads the settings of a controller. A list that is damaged, incomplete, refused or not the one that the bench file names
 * is asked for again: only a list that stays so convicts the controller, and one that stays damaged the line.
 * Errors: KEYPAD_POSITION; TRANSPORT_PROTOCOL when no whole list comes; those of `list`.
 * @param list asks for the settings once
 * @param identity what the controller said of itself before
 * @param wanted fingerprint that the bench file names
 */
export async function readSettings(
  list: () => Promise<readonly Response[]>,
  dialect: Dialect,
  identity: readonly Response[],
  wanted: string | undefined,
): Promise<ReadSettings> {
  for (let read = 1; ; read++) {
    const said = await list();
    try {
      // A line that is none every time is this controller's way, not a disturbance.
      if (read < READS) refuseNoise(said, dialect);
      return judged(said, dialect, identity, wanted);
    } catch (error) {
      if (read === READS || !(error instanceof RigError)) throw error;
    }
  }
}

function judged(
  said: readonly Response[],
  dialect: Dialect,
  identity: readonly Response[],
  wanted: string | undefined,
): ReadSettings {
  const settings = settingsOf(said);
  if (dialect.numberedSettings && settings.size > 0) refuseTorn(said, settings);
  const warnings = checkSettings(settings, dialect);
  const hash = settingsHash(settings, [...identity, ...said]);
  if (wanted !== undefined && wanted !== hash) {
    throw new RigError(
      'KEYPAD_POSITION',
      'bench',
      `the settings of the motion controller have the fingerprint ${hash} instead of ${wanted}`,
      {
        hint: 'Somebody changed its settings ($$): restore them, or teach the keypad again and correct `settings` in the bench file.',
      },
    );
  }
  return { settings, hash, warnings };
}

const torn = (why: string): RigError =>
  new RigError(
    'TRANSPORT_PROTOCOL',
    'bench',
    `the list of the motion controller's settings does not come whole: ${why}`,
    {
      hint: 'The line is disturbed: look at its cable, its shield and the baud rate. Otherwise it is no Grbl 1.1 ($$ lists $13 and $22).',
    },
  );

function refuseNoise(said: readonly Response[], { numberedSettings }: Dialect): void {
  const noise = numberedSettings ? said.find((each) => each.kind === 'unknown') : undefined;
  if (noise) throw torn(`a line of it says ${JSON.stringify(noise.text.slice(0, 40))}`);
}

/** A byte that is lost makes of `$22=1` a `$2=1` that was there already. */
function refuseTorn(said: readonly Response[], settings: Settings): void {
  const missing = NEEDED.find((number) => !settings.has(number));
  if (missing !== undefined) throw torn(`$${missing} is not in it`);
  const listed = said.filter((each) => each.kind === 'setting').length;
  if (listed > settings.size) throw torn('a number stands in it twice');
}
