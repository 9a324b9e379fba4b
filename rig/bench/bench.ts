import { z } from 'zod';
import { PLANES } from '../model/event.ts';
import { PARTS_UNDER_TEST } from '../model/verdict.ts';

/**
 * A bench file: what is plugged in where. Driver options are checked by the driver's own schema. Texts may refer to what
 * a service or a plane found when it was opened: `${virtual.gantry}`, `${host.address}`.
 */
const DriverUse = z.looseObject({
  driver: z.string().describe('name of a driver, see `posrig list drivers`'),
});
export type DriverUse = z.infer<typeof DriverUse>;

export const Bench = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string(),
  extends: z
    .string()
    .optional()
    .describe('another bench file that this one changes; path relative to this file, or posrig:path'),
  profile: z.string().describe('terminal profile: the id of a shipped one, or a path'),
  serial: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('serial number of the terminal that stands there, as on its label; runs record it'),
  'under-test': z.array(z.enum(PARTS_UNDER_TEST)).min(1).default(['terminal']),
  hand: z
    .enum(['keypad', 'till'])
    .default('keypad')
    .describe('what enters transactions unless --by says otherwise'),
  home: z.string().default('wuxi').describe('region in which the terminal is registered'),
  currency: z.string().length(3).default('CNY').describe('currency in which the terminal sells, ISO 4217'),
  access: z.string().default('wired').describe('access network unless the scenario says otherwise'),
  clock: z
    .strictObject({ rate: z.number().min(0.01).max(1000).default(1) })
    .prefault({})
    .describe('nominal seconds per wall second; 1 on real hardware'),
  cards: z.string().default('posrig:scenarios/cards.yaml').describe('test cards of the lab'),
  regions: z
    .string()
    .default('posrig:drivers/network/regions.yaml')
    .describe('where the terminal can be: what network and acquirer know of each region'),
  'access-networks': z
    .string()
    .default('posrig:drivers/network/access.yaml')
    .describe('how it can be connected there'),
  services: z
    .record(z.string(), z.union([DriverUse, z.null()]))
    .default({})
    .describe('programs that the bench starts; null switches one of the extended bench off'),
  planes: z.partialRecord(z.enum(PLANES), z.union([DriverUse, z.null()])),
});
export type Bench = z.infer<typeof Bench>;
