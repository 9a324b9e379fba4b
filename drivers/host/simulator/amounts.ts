import { CURRENCIES } from '../../../rig/model/money.ts';

/** An amount of a policy, which counts in major units, in minor units of a currency. */
export function minorOf(amount: number | string, currency: string): number {
  const exponent = CURRENCIES[currency]?.exponent ?? 2;
  return Math.round(Number(amount) * 10 ** exponent);
}

/** An amount as F4 carries it: minor units, twelve digits. */
export const amount12 = (minor: number): string => String(minor).padStart(12, '0');
