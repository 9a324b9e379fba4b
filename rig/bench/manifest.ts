import type { Command } from 'commander';
import type { z } from 'zod';
import type { RigError } from '../model/errors.ts';
import type { PlaneName, Titles } from '../model/event.ts';
import type { Fault } from '../model/fault.ts';
import type { Bench } from './bench.ts';
import type { DriverContext, Opened, PlaneByName } from './planes.ts';
import type { SlipReader } from './slip-reader.ts';

/** A driver's module: the schema of its options in the bench file, and how it is opened. */
export interface DriverModule<Plane extends Opened = Opened, Options = never> {
  readonly options: z.ZodType<Options>;
  open(options: Options, context: DriverContext): Promise<Plane>;
  /**
   * Shows that the open fixture is in order, harmless to terminal and money: a relay read back, a switch seen, a loop closed.
   * Resolves with what was found, rejects with what is wrong. Without it the plane's own interface is tried.
   */
  selfTest?(plane: Plane, context: DriverContext): Promise<string>;
  /**
   * Reads the files that the options name, and does nothing else: what `posrig check` says of a bench file. Paths are
   * those of the options, to be resolved. Called only with options in which no `${name.fact}` is left.
   */
  files?(options: Options, resolve: (path: string) => string): readonly FileTrouble[];
  /**
   * What the messages that this driver decodes call their fields and values: English, as the journal has them, to Chinese.
   * Called with options as they are written.
   */
  fieldNames?(
    options: Readonly<Record<string, unknown>>,
    resolve: (path: string) => string,
  ): Readonly<Record<string, string>>;
  /**
   * Why this driver cannot work beside the drivers of the bench's other planes (by plane): what `posrig check` says at its place.
   * Called only with options in which no `${name.fact}` stands where they name a file.
   */
  besides?(
    options: Options,
    others: Readonly<Partial<Record<PlaneName, string>>>,
    resolve: (path: string) => string,
  ): string | undefined;
  /** Cards that the options name, by the ids of the card file: `posrig check` refuses what is not in it. */
  cards?(options: Options): readonly CardUse[];
  /**
   * Why what a scenario asks of the network is a contradiction on a bench with these options (as written): a point of the dialogue that does
   * not exist there. What `posrig check` says when it is given the bench beside the scenarios.
   */
  contradicts?(options: Readonly<Record<string, unknown>>, fault: Fault): string | undefined;
}

/** A card that an option of a driver names. */
export interface CardUse {
  /** Keys of that option, e.g. `slots`, `debit-1`. */
  readonly option: readonly string[];
  readonly card: string;
}

/** What is wrong with a file that an option of a driver names. */
export interface FileTrouble {
  /** Keys of that option, e.g. `tls`, `listen`. */
  readonly option: readonly string[];
  /** Its message may have lines that begin with a place in that file, `file:line:column: `. */
  readonly error: RigError;
}

// biome-ignore lint/suspicious/noExplicitAny: drivers with different options have no common option type
export type AnyDriver = DriverModule<any, any>;

/** A driver as the manifest names it; nothing of it is loaded before a bench uses it. */
export interface DriverEntry {
  readonly name: string;
  readonly plane: PlaneName | 'service';
  readonly summary: string;
  load(): Promise<AnyDriver>;
}

/** An option of `posrig run` that a driver adds, e.g. `--speed`. */
export interface RunOption {
  readonly flags: string;
  readonly description: string;
  readonly repeatable?: boolean;
  /** Returns the bench with the option applied; throws BENCH_OPTION when it makes no sense there. */
  apply(bench: Bench, values: readonly string[]): Bench | Promise<Bench>;
}

export interface ListEntry {
  readonly id: string;
  readonly title: string;
  readonly titles?: Titles;
  readonly details?: Readonly<Record<string, string>>;
}

/** A thing this machine can or cannot do, for `posrig doctor`. */
export interface Capability {
  readonly id: string;
  readonly title: string;
  readonly state: 'ok' | 'missing' | 'limited';
  /** What was found. */
  readonly found: string;
  /** What it is for. */
  readonly purpose: string;
  /** The command that installs or mends it. */
  readonly remedy?: string;
  /** Debian/Ubuntu package that brings it, for `npm run setup`; `a | b` means the first that the machine's apt knows. */
  readonly package?: string;
  /** Program and arguments that bring it where no package does; run by `npm run setup` where it may install packages. */
  readonly installer?: readonly [string, ...string[]];
}

/** Everything a folder of drivers (or of reports) adds to posrig. */
export interface Manifest {
  readonly drivers?: readonly DriverEntry[];
  readonly runOptions?: readonly RunOption[];
  /** Verbs: declared at once (for --help), loaded when used. */
  declare?(program: Command): void;
  /** Adds a codec to `posrig decode`, in the same manner. */
  declareDecode?(decode: Command): void;
  /** Reads slips that no bench has captured, for `posrig slip`. */
  readonly slipReader?: () => Promise<SlipReader>;
  /** Lists for `posrig list <name>`. */
  readonly lists?: Readonly<Record<string, () => Promise<readonly ListEntry[]>>>;
  readonly doctor?: readonly (() => Promise<readonly Capability[]>)[];
}

export type DriverOf<P extends PlaneName, Options> = DriverModule<PlaneByName[P], Options>;
