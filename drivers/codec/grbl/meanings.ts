/**
 * What the numbers of `error:N` and `ALARM:N` mean in Grbl 1.1. Source: the interface documentation of Grbl 1.1 and its
 * `report.h`; wording is ours. Above 9 the alarms, and above 38 the errors, differ between Grbl, grblHAL and FluidNC.
 */
export const ERROR_MEANINGS: Readonly<Record<number, string>> = {
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

export interface AlarmMeaning {
  readonly text: string;
  /** True when it was raised by homing: to home again does not help until somebody has looked. */
  readonly homing: boolean;
}

/** Whatever the alarm, the rig takes the position for unknown afterwards, also where Grbl says that it kept it. */
export const ALARM_MEANINGS: Readonly<Record<number, AlarmMeaning>> = {
  1: { text: 'a limit switch was hit', homing: false },
  2: { text: 'a target lies outside the travel of the machine', homing: false },
  3: { text: 'reset while moving', homing: false },
  4: { text: 'the probe was already closed before probing', homing: false },
  5: { text: 'the probe found no contact', homing: false },
  6: { text: 'reset during homing', homing: true },
  7: { text: 'the safety door was opened during homing', homing: true },
  8: { text: 'a limit switch did not open when homing pulled off it', homing: true },
  9: { text: 'homing found no limit switch', homing: true },
  10: { text: 'dual-axis homing found no second switch, or an emergency stop, by controller', homing: true },
};

/** `error:9 (g-code is locked out during an alarm or a jog)`. */
export const describeError = (code: number): string =>
  `error:${code} (${ERROR_MEANINGS[code] ?? 'not in the tables of Grbl 1.1'})`;

/** `ALARM:1 (a limit switch was hit)`. */
export const describeAlarm = (code: number): string =>
  `ALARM:${code} (${ALARM_MEANINGS[code]?.text ?? 'not in the tables of Grbl 1.1'})`;
