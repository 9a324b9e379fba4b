import { z } from 'zod';
import { DESK_OPTIONS } from '../../operator/options.ts';
import { adbPlace, oneAdbWay } from '../../transport/adb/adb.ts';
import { Duration } from '../duration.ts';

const common = {
  cards: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'ids of the cards whose codes it shows; all of the card file that are presented by scan unless given',
    ),
  images: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe('picture of the code by card, PNG; drawn from the card file unless given'),
  dwell: Duration.prefault('2 s').describe('how long a code stays before the scanner, 20 ms to 30 s'),
};

/** What shows payment codes to the terminal's scanner; an option of every card driver. */
export const Codes = z
  .discriminatedUnion('on', [
    z.strictObject({
      on: z.literal('display'),
      port: z.string().min(1).describe('serial port of a small display, line protocol posrig-code'),
      baud: z.int().min(1200).max(4_000_000).default(115_200),
      ...common,
    }),
    z
      .strictObject({ on: z.literal('phone'), ...adbPlace, ...common })
      .refine(oneAdbWay, { error: 'exactly one of tcp, usb and server says where the phone is' }),
    z.strictObject({
      on: z.literal('operator'),
      folder: z
        .string()
        .min(1)
        .default('.posrig/codes')
        .describe('where the pictures are put that the person shows; they are removed again'),
      ...DESK_OPTIONS,
      ...common,
    }),
  ])
  .describe(
    "what shows payment codes to the terminal's scanner: a display, an Android phone over ADB, or a person",
  );
export type Codes = z.infer<typeof Codes>;

/** The options of one kind of shower. */
export type CodesOn<K extends Codes['on']> = Extract<Codes, { on: K }>;
