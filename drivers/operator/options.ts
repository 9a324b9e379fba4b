import { z } from 'zod';
import { currentOwner } from '../../rig/bench/lease.ts';
import type { DriverContext } from '../../rig/bench/planes.ts';
import type { PlaneName } from '../../rig/model/event.ts';
import { consoleDesk } from './console-desk.ts';
import type { Desk } from './desk.ts';
import { openLineDesk } from './line-desk.ts';

/** Where a person is asked; the options of every driver that asks one. */
export const DESK_OPTIONS = {
  port: z
    .string()
    .min(1)
    .optional()
    .describe('serial port of a desk of their own (line protocol posrig-desk); the console unless given'),
  baud: z.int().min(1200).max(4_000_000).default(115_200),
  by: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe('who sits at the console (default: POSRIG_OWNER, else the user of this machine)'),
  patience: z.number().min(1).max(86_400).default(300).describe('seconds in which they must have answered'),
};

export interface DeskOptions {
  readonly port?: string | undefined;
  readonly baud: number;
  readonly by?: string | undefined;
  readonly patience: number;
}

/** The desk that the options name. Errors: those of the port. */
export function openDesk(options: DeskOptions, plane: PlaneName, context: DriverContext): Promise<Desk> {
  if (options.port !== undefined) return openLineDesk(options.port, options.baud, plane, context);
  return Promise.resolve(consoleDesk(options.by ?? currentOwner(), context.clock, context.signal));
}
