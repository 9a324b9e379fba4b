import { RigError, toRigError } from '../model/errors.ts';
import type { PlaneName } from '../model/event.ts';
import type { Bench, DriverUse } from './bench.ts';
import type { DriverEntry } from './manifest.ts';
import { outsideDriver } from './outside.ts';
import type { DriverContext, Opened, PlaneByName } from './planes.ts';

/** The order in which planes are opened: what others refer to comes first, what moves comes last. */
const ORDER: readonly PlaneName[] = [
  'host',
  'network',
  'power',
  'display',
  'printer',
  'card',
  'keypad',
  'till',
  'operator',
];

/** How long one plane or service may take to close, wall ms. Teardown has its own budget, never the scenario's. */
const CLOSE_BUDGET_WALL_MS = 8000;

export interface OpenBench {
  readonly planes: Partial<PlaneByName>;
  readonly drivers: readonly { readonly plane: PlaneName; readonly driver: string }[];
  /** What each service and plane found when it was opened. */
  readonly facts: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Self-tests that drivers bring for their planes. */
  readonly selfTests: ReadonlyMap<PlaneName, () => Promise<string>>;
  /** Closes everything in reverse order, each bounded; returns what went wrong on the way. Idempotent. */
  close(): Promise<readonly RigError[]>;
}

/** A plane that could not be opened. */
export interface PlaneTrouble {
  readonly plane: PlaneName;
  readonly driver: string;
  readonly error: RigError;
}

/**
 * Opens a bench: services, then planes, resolving `${name.fact}` references as they become known. If anything cannot be
 * opened, all that was opened is closed again and the error is thrown.
 * @param tolerate is told about a plane that the bench itself keeps from opening; the others are opened all the same
 */
export async function openBench(
  bench: Bench,
  drivers: readonly DriverEntry[],
  context: DriverContext,
  tolerate?: (trouble: PlaneTrouble) => void,
): Promise<OpenBench> {
  const facts = new Map<string, Readonly<Record<string, string>>>();
  const opened: { name: string; thing: Opened }[] = [];
  const planes: Partial<Record<PlaneName, Opened>> = {};
  const selfTests = new Map<PlaneName, () => Promise<string>>();
  const dead = new Set<string>();
  const used: { plane: PlaneName; driver: string }[] = [];
  let closing: Promise<readonly RigError[]> | undefined;
  const close = () => {
    closing ??= closeAll(opened);
    return closing;
  };

  const open = async (name: string, kind: PlaneName | 'service', use: DriverUse) => {
    const entry = await driverFor(drivers, kind, use.driver, context.bench?.file);
    const module = await entry.load();
    const { driver: _driver, ...raw } = use;
    const parsed = module.options.safeParse(substitute(raw, facts));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new RigError(
        'FILE_INVALID',
        'file',
        `${kind === 'service' ? 'service' : 'plane'} ${name}, driver ${use.driver}: ${issue?.path.join('.') || 'options'}: ${issue?.message}`,
        { hint: 'See `posrig schema bench` and the README of the driver.' },
      );
    }
    const thing: Opened = await module.open(parsed.data, context);
    opened.push({ name, thing });
    facts.set(name, thing.facts);
    if (kind !== 'service' && module.selfTest) {
      const test = module.selfTest.bind(module);
      selfTests.set(kind, () => test(thing, context));
    }
    return thing;
  };

  try {
    for (const [name, use] of servicesInOrder(bench.services)) await open(name, 'service', use);
    for (const plane of ORDER) {
      const use = bench.planes[plane];
      if (!use) continue;
      const needed = [...JSON.stringify(use).matchAll(REFERENCE)].find(([, name = '']) =>
        dead.has(name),
      )?.[1];
      try {
        if (needed !== undefined)
          throw new RigError(
            'PLANE_MISSING',
            'bench',
            `not tried: it needs ${needed}, which cannot be opened`,
          );
        planes[plane] = await open(plane, plane, use);
      } catch (thrown) {
        const error = toRigError(thrown);
        // A mistake of the file is one of every plane; a run that was cancelled opens nothing more.
        if (!tolerate || error.blame !== 'bench' || context.signal.aborted) throw thrown;
        dead.add(plane);
        tolerate({ plane, driver: use.driver, error });
        continue;
      }
      used.push({ plane, driver: use.driver });
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  // Every plane was opened by a driver registered for that very plane.
  return { planes: planes as Partial<PlaneByName>, drivers: used, facts, selfTests, close };
}

/** The driver of that name for that plane, shipped or from outside; the error names the candidates. */
export async function driverFor(
  drivers: readonly DriverEntry[],
  plane: PlaneName | 'service',
  name: string,
  benchFile?: string,
): Promise<DriverEntry> {
  const found = drivers.find((entry) => entry.plane === plane && entry.name === name);
  if (found) return found;
  const outside = benchFile === undefined ? undefined : await outsideDriver(name, plane, benchFile);
  if (outside) return outside;
  const candidates = drivers.filter((entry) => entry.plane === plane).map((entry) => entry.name);
  throw new RigError(
    'FILE_INVALID',
    'file',
    `no driver "${name}" for ${plane === 'service' ? 'a service' : `the ${plane} plane`}`,
    {
      hint: candidates.length > 0 ? `There is: ${candidates.join(', ')}.` : 'No driver for it is installed.',
    },
  );
}

/**
 * Services in the order of the file, except that one to which another refers comes before that one: a bench that extends
 * another can put a service under those it takes over. Services that refer to each other in a ring keep their order, and
 * the reference that cannot be resolved is then named.
 */
function servicesInOrder(services: Bench['services']): readonly (readonly [string, DriverUse])[] {
  const ordered = new Map<string, DriverUse>();
  const visit = (name: string, above: readonly string[]) => {
    const use = services[name];
    if (!use || ordered.has(name) || above.includes(name)) return;
    const texts = JSON.stringify(use);
    for (const [, other = ''] of texts.matchAll(REFERENCE)) visit(other, [...above, name]);
    ordered.set(name, use);
  };
  for (const name of Object.keys(services)) visit(name, []);
  return [...ordered];
}

const REFERENCE = /\$\{([a-z0-9-]+)\.([a-zA-Z0-9-]+)\}/g;

/** Replaces `${name.fact}` in every text of a value. A reference to something not opened or not found is an error. */
export function substitute(
  value: unknown,
  facts: ReadonlyMap<string, Readonly<Record<string, string>>>,
): unknown {
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (reference, name: string, fact: string) => {
      const found = facts.get(name)?.[fact];
      if (found === undefined) {
        const known = [...facts].flatMap(([key, entries]) =>
          Object.keys(entries).map((entry) => `${key}.${entry}`),
        );
        throw new RigError(
          'FILE_INVALID',
          'file',
          `the bench file refers to ${reference}, which nothing has published`,
          {
            hint: `Known here: ${known.join(', ') || 'nothing'}.`,
          },
        );
      }
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((entry) => substitute(entry, facts));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, substitute(entry, facts)]));
  }
  return value;
}

async function closeAll(opened: readonly { name: string; thing: Opened }[]): Promise<readonly RigError[]> {
  const errors: RigError[] = [];
  for (const { name, thing } of [...opened].reverse()) {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new RigError(
              'TRANSPORT_TIMEOUT',
              'bench',
              `${name} did not close within ${CLOSE_BUDGET_WALL_MS / 1000} s`,
            ),
          ),
        CLOSE_BUDGET_WALL_MS,
      );
    });
    try {
      await Promise.race([thing.close(), overdue]);
    } catch (thrown) {
      errors.push(toRigError(thrown));
    } finally {
      clearTimeout(timer);
    }
  }
  return errors;
}
