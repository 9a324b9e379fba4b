import { z } from 'zod';

/**
 * A campaign file: what a certification report says beside the results. Everything that only a lab can know may be left
 * empty while the work goes on; `posrig certify --check` lists what ISO/IEC 17025:2017, 7.8 still asks for. An empty list
 * is a statement (`deviations: []` says that there were none); a missing one is not.
 */

/** A text; a number that YAML made of it (a serial, a version) is taken as it was written. */
const Text = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .pipe(z.string().max(4000))
  .nullish();
const Day = z.string().refine(isDay, { error: 'not a day' }).nullish().describe('a day such as 2026-11-22');
const Sha256 = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{64})?$/, { error: 'not a SHA-256' })
  .nullish()
  .describe('64 hexadecimal digits');
const list = <T extends z.ZodType>(item: T) => z.array(item).max(500).nullish();

/** A real day of the calendar, or an empty text where it is still to be filled in. */
function isDay(text: string): boolean {
  if (text === '') return true;
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const Party = z.strictObject({
  name: Text,
  address: Text,
  contact: Text.describe('person, telephone, e-mail'),
});

const Item = z.strictObject({
  description: Text.describe('what it is, e.g. "attended countertop POS terminal"'),
  make: Text,
  model: Text,
  hardware: Text.describe('hardware revision'),
  serials: list(Text).describe('serial numbers of every unit tested'),
  firmware: Text.describe('version of the firmware or operating system'),
  application: Text.describe('name and version of the payment application'),
  'terminal-type': Text.describe('EMV tag 9F35 and capabilities, if they matter'),
  kernels: list(z.strictObject({ name: Text, version: Text, checksum: Text })).describe(
    'EMV kernels with version and checksum',
  ),
  parameters: list(z.strictObject({ name: Text, sha256: Sha256 })).describe(
    'parameter and key files that were loaded into it',
  ),
  approvals: list(z.strictObject({ scheme: Text, number: Text, expires: Day })).describe(
    'PCI PTS, EMVCo and other approvals',
  ),
  condition: Text.describe('condition in which it was received'),
  photos: list(z.strictObject({ file: z.string().min(1).max(1000), caption: Text })).describe(
    'PNG or JPEG files, relative to this file',
  ),
  received: Day.describe('day on which it was received, such as 2026-11-22'),
});

const Equipment = z.strictObject({
  id: Text.describe("the lab's inventory number"),
  name: Text,
  model: Text,
  serial: Text,
  software: Text.describe('version of its software, if it has any'),
  calibrated: Day.describe('day of the last calibration'),
  due: Day.describe('day until which the calibration holds'),
  'no-calibration': Text.describe('why it needs no calibration'),
});

const Person = z.strictObject({ name: Text, role: Text });

export const CampaignFile = z.strictObject({
  version: z.literal(1),
  campaign: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, { error: 'not an id' })
    .describe('id of the campaign: small letters, digits and hyphens'),
  title: z.strictObject({ en: Text, zh: Text }).nullish().describe('title of the report; else "Test report"'),
  report: z
    .strictObject({
      number: Text.describe("the lab's own number; stands on every page"),
      issue: z.int().min(1).max(999).default(1).describe('1, and one more for every amendment'),
      date: Day.describe('day of issue'),
      replaces: z
        .strictObject({ number: Text, issue: z.int().min(1).max(999).nullish(), date: Day, why: Text })
        .nullish()
        .describe('the report that this one replaces, and why'),
      changes: list(Text).describe('what changed since that report'),
    })
    .nullish(),
  laboratory: Party.extend({
    accreditation: Text.describe('body, number and scope; or "none"'),
  }).nullish(),
  customer: Party.nullish(),
  place: Text.describe("where the work was done; the laboratory's address, or elsewhere, or remotely"),
  item: Item.nullish(),
  sampling: Text.describe('how the units were picked, and by whom'),
  method: z
    .strictObject({
      plan: z.string().min(1).max(1000).nullish().describe('name of a shipped plan, or path of a plan file'),
      description: Text.describe('specification, edition and test plan that the work followed'),
    })
    .nullish(),
  equipment: list(Equipment),
  environment: z
    .strictObject({
      temperature: Text,
      humidity: Text,
      network: Text.describe('path to the acquirer: wires, access networks, regions'),
      host: Text.describe('acquirer or simulator that answered, with its version'),
      notes: Text,
    })
    .nullish(),
  'decision-rule': z
    .strictObject({
      logic: z
        .enum(['simple-acceptance'])
        .default('simple-acceptance')
        .describe('texts, codes and money are as expected, or not'),
      timing: z
        .enum(['guard-band'])
        .default('guard-band')
        .describe('a time within its uncertainty of the limit is inconclusive'),
      agreed: Day.describe('day on which the customer agreed to the rule'),
      note: Text,
    })
    .nullish(),
  deviations: list(z.strictObject({ what: Text, why: Text, effect: Text })).describe(
    'additions to, deviations and exclusions from the method; [] when there were none',
  ),
  'customer-data': list(Text).describe(
    'what the customer supplied and the lab did not check; [] for nothing',
  ),
  'external-results': list(z.strictObject({ what: Text, provider: Text })).describe(
    'results from outside providers; [] when there are none',
  ),
  opinions: list(z.strictObject({ text: Text, by: Text, basis: Text })).describe(
    'opinions and interpretations, marked as such',
  ),
  operators: list(Person).describe('who did the tests'),
  signatories: list(
    z.strictObject({
      name: Text,
      role: Text,
      meaning: Text.describe('e.g. "reviewed and authorised"'),
      date: Day,
    }),
  ).describe('who answers for the report'),
});
export type Campaign = z.infer<typeof CampaignFile>;

/** A run that belongs to a campaign, as its record of runs names it. One JSON object a line, only ever appended. */
export const CollectedRun = z.strictObject({
  /** Folder of the run, relative to the campaign file where it can be. */
  run: z.string().min(1),
  /** Head of the run's hash chain when it was added, hexadecimal. */
  head: z.string().regex(/^[0-9a-f]{64}$/),
  events: z.int().min(0),
  /** Wall time, ISO 8601 UTC. */
  added: z.string(),
});
export type CollectedRun = z.infer<typeof CollectedRun>;
