import { createHash } from 'node:crypto';
import { RigError } from '../../../rig/model/errors.ts';
import type { Dialect } from '../../codec/grbl/dialects.ts';
import type { Response } from '../../codec/grbl/responses.ts';

/** Settings of a Grbl-class controller by number, as `$$` lists them. */
export type Settings = ReadonlyMap<number, string>;

export const settingsOf = (said: readonly Response[]): Settings =>
  new Map(said.flatMap((each) => (each.kind === 'setting' ? [[each.number, each.value] as const] : [])));

/**
 * Refuses a controller with which the rig could not know where the finger is; returns what is worth a warning.
 * Errors: KEYPAD_POSITION.
 */
export function checkSettings(settings: Settings, dialect: Dialect): readonly string[] {
  if (dialect.id === 'marlin') return [];
  const refuse = (why: string, hint: string) => new RigError('KEYPAD_POSITION', 'bench', why, { hint });
  if (settings.size === 0 && dialect.numberedSettings) {
    throw refuse(
      'the motion controller does not list its settings',
      'It must speak Grbl 1.1: `$$` lists them.',
    );
  }
  if (Number(settings.get(13) ?? 0) !== 0) {
    throw refuse('the motion controller reports in inches', 'Send it `$13=0` once, then run again.');
  }
  // A number of flags on grblHAL: the lowest one enables homing.
  const homing = settings.get(22) ?? (dialect.numberedSettings ? '0' : '1');
  if ((Number(homing) & 1) === 0) {
    throw refuse(
      'homing is disabled in the motion controller: it would call any place 0,0,0',
      'Fit limit switches and send it `$22=1` once.',
    );
  }
  if (!dialect.numberedSettings) return [];
  const warnings: string[] = [];
  if (settings.get(1) !== '255') {
    warnings.push('motors are released between presses ($1 is not 255): a key may push the finger away');
  }
  if (settings.get(20) !== '1') warnings.push('soft limits are off ($20 is not 1)');
  return warnings;
}

/**
 * Z to which the machine can go down, by its settings; undefined where they do not tell. Homing leaves the finger a
 * pull-off ($27) below the top, and $132 is the travel from there. @param home Z after homing
 */
export function lowestZ(settings: Settings, home: number): number | undefined {
  const travel = Number(settings.get(132));
  return travel > 0 ? home + Number(settings.get(27) ?? 0) - travel : undefined;
}

/**
 * How long homing may take, nominal ms: Grbl searches 1.5 × travel at the seek rate and five pull-offs at the locate
 * rate, on every axis, plus margin.
 */
export function homingLimit(settings: Settings): number {
  const value = (number: number, otherwise: number) => {
    const found = Number(settings.get(number));
    return found > 0 ? found : otherwise;
  };
  const [locate, seek, pullOff] = [value(24, 25), value(25, 500), value(27, 1)]; // mm/min, mm/min, mm
  const minutes = [130, 131, 132].reduce(
    (total, axis) => total + (1.5 * value(axis, 200)) / seek + (10 * pullOff) / locate,
    0,
  );
  return Math.round(minutes * 60_000 * 1.2) + 10_000;
}

/**
 * Short fingerprint of all settings, for the journal and the bench file: two runs with the same one had the same
 * machine. Numbered settings count in the order of their numbers; a Marlin's are the lines of its `M503`.
 */
export function settingsHash(settings: Settings, said: readonly Response[] = []): string {
  const text =
    settings.size > 0
      ? [...settings].sort(([a], [b]) => a - b).map(([number, value]) => `$${number}=${value}\n`)
      : said.flatMap((each) => (each.kind === 'message' ? [`${each.text.trim()}\n`] : []));
  return createHash('sha256').update(text.join('')).digest('hex').slice(0, 16);
}
