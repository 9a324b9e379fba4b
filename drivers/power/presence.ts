import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { RigError } from '../../rig/model/errors.ts';
import { type Clock, parseDuration } from '../../rig/model/time.ts';
import { expire } from '../transport/deadline.ts';
import { isUsbName, matchesName, parseUsbName } from '../transport/usb-name.ts';
import { usbInSys } from '../transport/usb-sys.ts';

/** A duration in a bench file, as nominal ms. */
export const Duration = (standard: string) =>
  z
    .string()
    .default(standard)
    .transform((text, context): number => {
      const ms = parseDuration(text);
      if (ms !== undefined) return ms;
      context.addIssue({ code: 'custom', message: `"${text}" is no duration, e.g. "2 s"` });
      return z.NEVER;
    });

/** What shows that the terminal really lost its power, and has it again. */
export const Link = z
  .strictObject({
    seen: z
      .string()
      .min(1)
      .describe(
        'what goes and comes with the terminal: a USB name (usb:1209:ac01:T-1) or the path of a device node',
      ),
    gone: Duration('5 s').describe('how long it may stay after power went'),
    back: Duration('90 s').describe('how long the terminal may boot until it is there again'),
  })
  .describe("the terminal's own link; a terminal with a battery keeps it when only its supply is cut");
export type Link = z.infer<typeof Link>;

const LOOK_EVERY_WALL_MS = 100;

/** Is it there now? */
export async function isSeen(link: string, root?: string): Promise<boolean> {
  if (!isUsbName(link)) {
    return stat(link).then(
      () => true,
      () => false,
    );
  }
  const name = parseUsbName(link);
  return (await usbInSys(root)).some((device) => matchesName(name, device));
}

/**
 * Waits until the link is as the power is. Errors: POWER_RELAY, which says what it means that it is not: a battery, a
 * port that keeps its supply, a terminal that does not start by itself.
 */
export async function followPower(
  link: Link,
  state: 'on' | 'off',
  clock: Clock,
  seen: (link: string) => Promise<boolean> = isSeen,
): Promise<void> {
  let late = false;
  const cancel = expire(clock, state === 'off' ? link.gone : link.back, () => {
    late = true;
  });
  try {
    while ((await seen(link.seen)) !== (state === 'on')) {
      if (late) throw notFollowed(link, state);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_WALL_MS));
    }
  } finally {
    cancel();
  }
}

const notFollowed = (link: Link, state: 'on' | 'off'): RigError =>
  state === 'off'
    ? new RigError(
        'POWER_RELAY',
        'bench',
        `power was switched off and the terminal is still there (${link.seen})`,
        {
          hint: 'It has a battery, or another cable feeds it: a cut of this supply does not restart it.',
        },
      )
    : new RigError(
        'POWER_RELAY',
        'bench',
        `power was switched on and the terminal did not come back (${link.seen})`,
        {
          hint: 'It may wait for its power key; lengthen `link.back` if it only boots slowly.',
        },
      );
