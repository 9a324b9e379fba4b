import { RigError } from '../../../rig/model/errors.ts';

/** A number of the command line. Errors: USAGE. */
export function numberOption(flag: string, text: string, min: number, max: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw new RigError('USAGE', 'file', `${flag} must be a number from ${min} to ${max}, not "${text}"`);
}
