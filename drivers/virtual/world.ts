import { dirname, resolve } from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { CardFile, type TestCard } from '../../rig/model/card.ts';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { readWhole } from '../../rig/model/read-whole.ts';
import { parseDuration } from '../../rig/model/time.ts';
import { cardKeyUnder, IssuerKey } from '../codec/iso8583/index.ts';
import type { ScreenGeometry } from './android/paint.ts';
import { SLOTS } from './devices/card-actuator.ts';
import { MULTIPLEXER_SLOTS, type Multiplexer } from './devices/card-multiplexer.ts';
import type { KeyArea } from './devices/gantry/finger.ts';
import { CONTROLLERS } from './devices/gantry/personality.ts';
import { FIRMWARE, SOLENOID_BOARDS } from './devices/solenoids.ts';
import type { Security } from './terminal/body.ts';
import { loadModel, type Model } from './terminal/model.ts';

/**
 * The world file: what is physically true on the virtual bench. The rig never reads it; what the rig believes stands in
 * the bench file, and the two may differ, as they do in a lab.
 */
const Millimetres = z.number().min(-2000).max(2000);
const Positive = z.number().positive();
const Duration = z
  .string()
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined) context.addIssue({ code: 'custom', message: 'expected a duration such as "3 s"' });
    return ms ?? 0;
  })
  .describe('duration with its unit');
const Triple = <T extends z.ZodType>(axis: T) => z.strictObject({ x: axis, y: axis, z: axis });
const PerKindOfAxis = z
  .strictObject({ xy: Positive, z: Positive })
  .transform(({ xy, z: height }) => ({ x: xy, y: xy, z: height }));

const WorldFile = z.strictObject({
  version: z.literal(1),
  terminal: z.strictObject({
    profile: z.string().describe('id of a shipped profile, or a path: firmware family, keypad, display'),
    'terminal-id': z.string().regex(/^[0-9A-Z]{8}$/),
    'merchant-id': z.string().regex(/^[0-9A-Z]{15}$/),
    'merchant-name': z.string().min(1).max(40),
    print: z
      .enum(['text', 'raster'])
      .default('text')
      .describe('whether slips leave the terminal as text or as pictures that its firmware draws'),
    printer: z
      .enum(['line', 'network'])
      .default('line')
      .describe('where its printer is: on a serial line, or one in the network, which it connects to'),
    till: z
      .string()
      .min(1)
      .default('zvt')
      .describe('protocol of the till link: zvt, a shipped one, or the path of the file that describes it'),
    dialect: z
      .string()
      .optional()
      .describe('host dialect of the firmware, a name or a path; unionpay-pos without'),
    model: z.string().optional().describe('model file of the housing; absent: the firmware as it is'),
    tmk: z
      .string()
      .regex(/^[0-9A-Fa-f]{32}$/)
      .describe('synthetic terminal master key, 16 bytes as hex'),
    calendar: z
      .strictObject({
        ahead: z.number().min(-86_400).max(86_400).describe('by how much it is wrong, s'),
        drift: z.number().min(-0.5).max(0.5).describe('how much faster it runs, as a share'),
        jump: z
          .strictObject({ after: Duration, by: z.number().min(-86_400).max(86_400) })
          .describe('it is put on or back by so many seconds, once'),
      })
      .partial()
      .optional()
      .describe('what is wrong with the battery-backed calendar of this very terminal'),
    timers: z
      .strictObject({ boot: Duration, connect: Duration, response: Duration, result: Duration })
      .partial()
      .default({})
      .describe('how long this very terminal takes; the profile says what the model may take'),
  }),
  keypad: z.strictObject({
    x: Millimetres,
    y: Millimetres,
    rotation: z.number().min(-180).max(180).describe('degrees, counter-clockwise seen from above'),
    contact: Millimetres,
    travel: Positive.max(10),
    noise: z.number().min(0).max(5),
    bounce: z
      .number()
      .min(0)
      .max(0.9)
      .optional()
      .describe('how often a contact bounces when it closes or opens'),
    tip: z
      .number()
      .min(0)
      .max(20)
      .optional()
      .describe('how far the fingertip reaches around its middle, mm: a wide one closes two keys at once'),
    stiff: z
      .record(z.string(), z.number().min(0).max(10))
      .optional()
      .describe('keys whose dome is worn: how much deeper each closes, mm'),
  }),
  solenoids: z
    .strictObject({
      board: z.enum(SOLENOID_BOARDS).describe('what the board speaks that drives them'),
      keys: z.record(z.string(), z.int().min(1).max(FIRMWARE.outputs)).describe('output over every key'),
    })
    .optional()
    .describe('solenoids over the keys, on a port of their own'),
  operator: z
    .strictObject({ name: z.string().regex(/^[\x21-\x7e]{1,40}$/) })
    .optional()
    .describe('a person beside the terminal, asked at a desk on a port of its own'),
  gantry: z.strictObject({
    travel: Triple(Positive.max(2000)),
    speed: PerKindOfAxis,
    acceleration: PerKindOfAxis,
    start: Triple(Millimetres).optional().describe('where the finger stands at power-up'),
    'lost-steps': z
      .strictObject({ chance: z.number().min(0).max(1), mm: Positive.max(5) })
      .optional()
      .describe('chance per move, and by how much it then ends beside where it was sent'),
    play: z
      .strictObject({
        backlash: z.number().min(0).max(5).describe('how far an axis lags when it turns about, mm'),
        scale: z.number().min(-0.2).max(0.2).describe('how much farther it goes than told, as a share'),
        drift: z.number().min(0).max(5).describe('how far it drifts at rest, its motors without current, mm'),
      })
      .partial()
      .optional()
      .describe('what is wrong between motors and carriage'),
    controller: z.enum(CONTROLLERS).default('grbl').describe('family of its motion controller'),
  }),
  magazine: z.strictObject({
    cards: z.string(),
    keys: z
      .string()
      .default('posrig:drivers/virtual/keys.yaml')
      .describe('key file with the master keys that the issuers put into the chips, `issuer-keys`'),
    slots: z.record(
      z.string().refine((slot) => /^[1-9]$/.test(slot) && Number(slot) <= SLOTS, {
        message: `expected a slot from 1 to ${SLOTS}`,
      }),
      z.string(),
    ),
  }),
  scanner: z
    .enum(['display', 'phone'])
    .optional()
    .describe(
      "what lies before the terminal's scanner: a small display, or a customer's Android phone with ADB over TCP",
    ),
  multiplexer: z
    .strictObject({
      cards: z.string().optional().describe("card file of what really lies in it; absent: the magazine's"),
      slots: z.record(
        z.string().refine((slot) => /^[1-9]\d?$/.test(slot) && Number(slot) <= MULTIPLEXER_SLOTS, {
          message: `expected a slot from 1 to ${MULTIPLEXER_SLOTS}`,
        }),
        z.string(),
      ),
      stuck: z
        .array(z.int().min(1).max(MULTIPLEXER_SLOTS))
        .default([])
        .describe('slots whose switch answers and does not close'),
      reads: z.boolean().default(true).describe('whether it reads the cards in it and tells their numbers'),
    })
    .optional()
    .describe('a card multiplexer, on a port of its own'),
  camera: z
    .strictObject({
      width: z.int().min(64).max(4096),
      height: z.int().min(64).max(4096),
      corners: z
        .array(z.tuple([z.number(), z.number()]))
        .length(4)
        .describe(
          'pixels at which the camera sees the corners of the screen: from the upper left one, clockwise',
        ),
      noise: z.number().min(0).max(60).default(4).describe('standard deviation of a pixel, grey values'),
    })
    .optional()
    .describe('a network camera over the screen'),
  adb: z
    .strictObject({
      trusts: z.boolean().default(true).describe('whether somebody allows debugging at the screen'),
    })
    .optional()
    .describe('the debug bridge of an engineering unit with a touch screen'),
  defects: z.array(z.string()).default([]),
  faults: z
    .array(z.string())
    .default([])
    .describe('what is wrong with the bench around the terminal, see `posrig list bench-faults`'),
});

/** What the virtual bench takes from a terminal profile. */
const ProfilePart = z.looseObject({
  display: z.looseObject({
    rows: z.int().min(1).max(50),
    columns: z.int().min(1).max(200),
    pixels: z
      .looseObject({
        width: z.int().min(64).max(4096),
        height: z.int().min(64).max(4096),
        x: z.number(),
        y: z.number(),
        scale: Positive,
      })
      .optional(),
  }),
  keypad: z.looseObject({
    keys: z.record(z.string(), z.strictObject({ x: Millimetres, y: Millimetres, w: Positive, h: Positive })),
  }),
  host: z
    .looseObject({ 'encrypts-tracks': z.boolean(), 'pin-format': z.union([z.literal(0), z.literal(1)]) })
    .partial()
    .default({}),
  timers: z.looseObject({ boot: Duration, connect: Duration, response: Duration, result: Duration }),
});

/** What the virtual bench takes from a key file. */
const KeyPart = z.looseObject({ 'issuer-keys': z.array(IssuerKey).default([]) });

export interface World extends Omit<z.infer<typeof WorldFile>, 'magazine' | 'multiplexer' | 'version'> {
  /** The housing; absent: the firmware's own. */
  readonly model: Model | undefined;
  readonly keys: Readonly<Record<string, KeyArea>>;
  readonly display: {
    readonly rows: number;
    readonly columns: number;
    readonly pixels?: ScreenGeometry | undefined;
  };
  /** Nominal ms; the world file's own where it says so, else the profile's. */
  readonly timers: {
    readonly boot: number;
    readonly connect: number;
    readonly response: number;
    readonly result: number;
  };
  /** Cards by slot number. */
  readonly magazine: ReadonlyMap<number, TestCard>;
  readonly multiplexer: Multiplexer | undefined;
  readonly issuerKeys: readonly IssuerKey[];
  readonly security: Security;
}

/**
 * Reads a world file and what it refers to.
 * @throws RigError FILE_UNREADABLE, FILE_SYNTAX or FILE_INVALID with file, line and column
 */
export function loadWorld(file: string): World {
  const { value, refuse } = read(file, WorldFile);
  const profileFile = /^[a-z0-9][a-z0-9-]*$/.test(value.terminal.profile)
    ? packaged(`drivers/terminal/profiles/${value.terminal.profile}.yaml`)
    : locate(value.terminal.profile, file);
  const profile = read(profileFile, ProfilePart).value;
  const { cards } = read(locate(value.magazine.cards, file), CardFile).value;
  const issuerKeys = read(locate(value.magazine.keys, file), KeyPart).value['issuer-keys'];
  const inSlots = (
    part: 'magazine' | 'multiplexer',
    slots: Readonly<Record<string, string>>,
    there = cards,
  ) => {
    const found = new Map<number, TestCard>();
    for (const [slot, id] of Object.entries(slots)) {
      const card = there.find((candidate) => candidate.id === id);
      if (!card) {
        const known = there.map((candidate) => candidate.id).join(', ');
        throw refuse([part, 'slots', slot], `there is no card "${id}"; there is: ${known}`);
      }
      if (card.entry.some((entry) => entry !== 'swipe') && !cardKeyUnder(issuerKeys, card)) {
        throw refuse(
          [part, 'slots', slot],
          `the key file has no issuer key for card "${id}" of issuer ${card.issuer || 'nobody'}`,
        );
      }
      found.set(Number(slot), card);
    }
    return found;
  };
  const magazine = inSlots('magazine', value.magazine.slots);
  const { multiplexer } = value;
  const others =
    multiplexer?.cards === undefined ? cards : read(locate(multiplexer.cards, file), CardFile).value.cards;
  const housing = value.terminal.model;
  const own = value.terminal.timers;
  return {
    terminal: {
      ...value.terminal,
      till: named(value.terminal.till, file),
      ...(value.terminal.dialect !== undefined && { dialect: named(value.terminal.dialect, file) }),
    },
    model: housing === undefined ? undefined : loadModel(locate(housing, file)),
    keypad: value.keypad,
    solenoids: value.solenoids,
    operator: value.operator,
    camera: value.camera,
    adb: value.adb,
    scanner: value.scanner,
    gantry: value.gantry,
    defects: value.defects,
    faults: value.faults,
    keys: profile.keypad.keys,
    display: profile.display,
    timers: {
      boot: own.boot ?? profile.timers.boot,
      connect: own.connect ?? profile.timers.connect,
      response: own.response ?? profile.timers.response,
      result: own.result ?? profile.timers.result,
    },
    magazine,
    multiplexer: multiplexer && {
      cards: inSlots('multiplexer', multiplexer.slots, others),
      stuck: new Set(multiplexer.stuck),
      reads: multiplexer.reads,
    },
    issuerKeys,
    security: {
      encryptsTracks: profile.host['encrypts-tracks'] ?? false,
      pinFormat: profile.host['pin-format'] ?? 0,
    },
  };
}

/** A name stays a name. */
const named = (what: string, beside: string): string =>
  /[\\/:]|\.ya?ml$/.test(what) ? locate(what, beside) : what;

/** A path of a file: `posrig:path` lies in the package, all others beside the file. */
const locate = (path: string, beside: string): string =>
  path.startsWith('posrig:') ? packaged(path.slice('posrig:'.length)) : resolve(dirname(beside), path);

type Refuse = (path: readonly PropertyKey[], message: string) => RigError;

/** As much as any file that posrig reads may have. */
const MOST_BYTES = 512 * 1024;
const MOST_ISSUES = 100;

function read<T>(file: string, schema: z.ZodType<T>): { readonly value: T; readonly refuse: Refuse } {
  const bytes = readWhole(file, MOST_BYTES);
  if ('size' in bytes)
    throw new RigError(
      'FILE_INVALID',
      'file',
      `${file} has ${bytes.size} bytes, at most ${MOST_BYTES} may be`,
    );
  const text = bytes.toString('utf8');
  const lines = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  } catch (cause) {
    // Nested without end.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RigError('FILE_SYNTAX', 'file', `not YAML: ${why}`, { at: `${file}:1:1`, cause });
  }
  const [wrong] = document.errors;
  if (wrong) {
    const all = document.errors.slice(0, MOST_ISSUES);
    const message = all.map(({ pos, message: why }) => `${place(pos[0])}: ${why}`).join('\n');
    throw new RigError('FILE_SYNTAX', 'file', message, { at: place(wrong.pos[0]) });
  }
  const refuse: Refuse = (path, message) => {
    const keys = path.filter((key) => typeof key !== 'symbol');
    let offset = 0;
    for (let length = keys.length; length > 0 && offset === 0; length--) {
      const node: unknown = document.getIn(keys.slice(0, length), true);
      offset = (node as { range?: readonly number[] } | undefined)?.range?.[0] ?? 0;
    }
    return new RigError('FILE_INVALID', 'file', `${keys.join('.') || 'file'}: ${message}`, {
      at: place(offset),
      hint: 'See drivers/virtual/world.yaml for every field.',
    });
  };
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    // Aliases that lead nowhere, or to too much.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RigError('FILE_SYNTAX', 'file', why, { at: place(0), cause });
  }
  const fitted = schema.safeParse(plain);
  if (fitted.success) return { value: fitted.data, refuse };
  const all = fitted.error.issues.slice(0, MOST_ISSUES).map(({ path, message }) => refuse(path, message));
  const [first] = all;
  if (!first || all.length === 1) throw first ?? refuse([], 'does not fit');
  // Every mistake at its place, the first of them once.
  const message = all.map((one) => `${one.at}: ${one.message}`).join('\n');
  throw new RigError(first.code, 'file', message, {
    ...(first.at !== undefined && { at: first.at }),
    ...(first.hint !== undefined && { hint: first.hint }),
  });
}
