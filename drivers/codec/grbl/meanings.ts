import type { DialectId } from './dialects.ts';

/**
 * What the numbers of `error:N` and `ALARM:N` mean in Grbl 1.1. Source: the interface documentation of Grbl 1.1 and its
 * `report.h`; wording is ours. Above 9 the alarms, and above 38 the errors, differ by family: see
 * `ERRORS_BY_DIALECT` and `ALARMS_BY_DIALECT`.
 */
const ERRORS: Readonly<Record<number, string>> = {
  1: 'a word begins with no letter',
  2: 'a number is missing or malformed',
  3: 'unknown $ command',
  4: 'a value is negative that must not be',
  5: 'homing is not enabled in the settings',
  6: 'step pulse is shorter than 3 µs',
  7: 'the stored settings were unreadable and have been reset to defaults',
  8: 'a $ command was sent while the controller was not idle',
  9: 'g-code is locked out during an alarm or a jog',
  10: 'soft limits need homing to be enabled',
  11: 'the line is too long',
  12: 'a step rate is higher than the controller can make',
  13: 'the safety door is open',
  14: 'build info or start-up line is too long for its memory',
  15: 'a jog would leave the travel of the machine',
  16: 'a jog command is malformed',
  17: 'laser mode needs a PWM output',
  20: 'unknown or unsupported g-code',
  21: 'two commands of one modal group in a line',
  22: 'no feed rate is set',
  23: 'a value must be a whole number',
  24: 'two commands in a line both need axis words',
  25: 'a word is repeated in a line',
  26: 'a command lacks its axis words',
  27: 'a line number is out of range',
  28: 'a command lacks a value word',
  29: 'this work coordinate system is not supported',
  30: 'G53 needs G0 or G1',
  31: 'axis words that no command uses',
  32: 'an arc lacks axis words of its plane',
  33: 'a target is not possible',
  34: 'an arc with this radius is not possible',
  35: 'an arc lacks offset words of its plane',
  36: 'words that no command uses',
  37: 'tool length offset is for another axis only',
  38: 'the tool number is too large',
};

/** What the families add of their own. */
const ERRORS_BY_DIALECT: Readonly<Record<DialectId, Readonly<Record<number, string>>>> = {
  grbl: {},
  grblhal: {
    45: 'a limit switch is engaged',
    46: 'homing is required first',
    50: 'the emergency stop is active',
    79: 'a critical event must be cleared by a reset first',
  },
  fluidnc: {
    120: 'another interface is busy',
    152: 'the configuration is not valid',
  },
  marlin: { 0: 'the command is unknown to this build' },
};

export interface AlarmMeaning {
  readonly text: string;
  /** True when it was raised by homing: to home again does not help until somebody has looked. */
  readonly homing: boolean;
}

/** Whatever the alarm, the rig takes the position for unknown afterwards, also where Grbl says that it kept it. */
const ALARMS: Readonly<Record<number, AlarmMeaning>> = {
  1: { text: 'a limit switch was hit', homing: false },
  2: { text: 'a target lies outside the travel of the machine', homing: false },
  3: { text: 'reset while moving', homing: false },
  4: { text: 'the probe was already closed before probing', homing: false },
  5: { text: 'the probe found no contact', homing: false },
  6: { text: 'reset during homing', homing: true },
  7: { text: 'the safety door was opened during homing', homing: true },
  8: { text: 'a limit switch did not open when homing pulled off it', homing: true },
  9: { text: 'homing found no limit switch', homing: true },
};

/** From 10 on the numbers mean something else in each family. `homing` also where homing would move into danger. */
const ALARMS_BY_DIALECT: Readonly<Record<DialectId, Readonly<Record<number, AlarmMeaning>>>> = {
  grbl: { 10: { text: 'dual-axis homing found no second switch', homing: true } },
  grblhal: {
    10: { text: 'the emergency stop is pressed', homing: true },
    11: { text: 'homing is required', homing: false },
    12: { text: 'a limit switch is engaged', homing: false },
    13: { text: 'the probe is protected', homing: false },
    14: { text: 'the spindle did not reach its speed', homing: false },
    15: { text: 'an axis with two motors could not be squared', homing: true },
    17: { text: 'a motor driver reports a fault', homing: true },
    22: { text: 'a receive buffer overflowed', homing: false },
  },
  fluidnc: {
    10: { text: 'the spindle did not obey', homing: false },
    11: { text: 'a control input was active at the start', homing: true },
    12: { text: 'homing found an ambiguous limit switch', homing: true },
    13: { text: 'hard stop', homing: true },
    14: { text: 'the machine has not been homed', homing: false },
    15: { text: 'initialisation', homing: false },
    16: { text: 'an input expander was reset', homing: true },
    17: { text: 'a g-code error', homing: false },
  },
  marlin: {},
};

export const errorMeaning = (code: number, dialect: DialectId): string | undefined =>
  ERRORS_BY_DIALECT[dialect][code] ?? ERRORS[code];
export const alarmMeaning = (code: number, dialect: DialectId): AlarmMeaning | undefined =>
  ALARMS[code] ?? ALARMS_BY_DIALECT[dialect][code];

/** `error:9 (g-code is locked out during an alarm or a jog)`. */
export const describeError = (code: number, dialect: DialectId): string =>
  `error:${code} (${[errorMeaning(code, dialect) ?? UNKNOWN, ...elsewhere(dialect, (id) => ERRORS_BY_DIALECT[id][code])].join('; ')})`;

/** `ALARM:1 (a limit switch was hit)`. */
export const describeAlarm = (code: number, dialect: DialectId): string =>
  `ALARM:${code} (${[alarmMeaning(code, dialect)?.text ?? UNKNOWN, ...elsewhere(dialect, (id) => ALARMS_BY_DIALECT[id][code]?.text)].join('; ')})`;

const UNKNOWN = 'not in the tables of this controller';

/** What a number says in the families whose firmware may also call itself plain Grbl: they keep its numbers, and add to them. */
const elsewhere = (dialect: DialectId, text: (id: DialectId) => string | undefined): readonly string[] =>
  dialect !== 'grbl'
    ? []
    : (['grblhal', 'fluidnc'] as const).flatMap((id) => {
        const said = text(id);
        return said === undefined ? [] : [`on ${{ grblhal: 'grblHAL', fluidnc: 'FluidNC' }[id]}: ${said}`];
      });
