import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RigError } from '../model/errors.ts';
import { PLANES, type PlaneName } from '../model/event.ts';
import type { AnyDriver, DriverEntry } from './manifest.ts';

/** Version of the interface below; a driver says for which it was written. */
export const DRIVER_INTERFACE = 1;

/**
 * What a driver from outside the project exports as `default`: a `DriverModule` (manifest.ts) that says for which interface
 * and which plane it was written. `options` is a Zod schema, or anything with its `safeParse`. See drivers/outside/README.md.
 */
export interface OutsideDriver extends AnyDriver {
  readonly posrig: typeof DRIVER_INTERFACE;
  readonly plane: PlaneName;
  readonly summary?: string;
}

const isPath = (name: string): boolean => /^\.{0,2}\//.test(name);
/** What npm takes for a package's name, with a file within it. */
const PACKAGE = /^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*(?:\/[\w./-]+)?$/;

/**
 * The driver that a bench file names by a path (relative to it) or by a package (installed where the bench file lies);
 * undefined when the name is neither: no path, and no package of that name. Errors: FILE_UNREADABLE, FILE_INVALID when it
 * cannot be loaded or is no driver for that plane.
 */
export async function outsideDriver(
  name: string,
  plane: string,
  benchFile: string,
): Promise<DriverEntry | undefined> {
  const file = fileOf(name, benchFile);
  if (file === undefined) return undefined;
  const loaded = await load(name, file);
  const driver = asDriver(loaded);
  if (typeof driver === 'string') throw unfit(name, driver);
  if (driver.plane !== plane) throw unfit(name, `it is for the ${driver.plane} plane, not for ${plane}`);
  const { summary = `driver from ${name}` } = driver;
  return { name, plane: driver.plane, summary, load: async () => driver };
}

function fileOf(name: string, benchFile: string): string | undefined {
  if (isPath(name)) {
    const file = isAbsolute(name) ? name : resolve(dirname(benchFile), name);
    if (existsSync(file)) return file;
    throw new RigError('FILE_UNREADABLE', 'file', `there is no driver ${file}`, {
      hint: 'Paths of drivers are relative to the bench file.',
    });
  }
  if (!PACKAGE.test(name)) return undefined;
  try {
    return createRequire(benchFile).resolve(name);
  } catch {
    return undefined;
  }
}

async function load(name: string, file: string): Promise<unknown> {
  const url = pathToFileURL(file).href;
  try {
    if (!/^\.[mc]?ts$/.test(extname(file))) return await import(url);
    // Node 20 does not read TypeScript by itself.
    const { tsImport } = await import('tsx/esm/api');
    return await tsImport(url, import.meta.url);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new RigError('FILE_INVALID', 'file', `the driver ${name} cannot be loaded: ${text}`, {
      cause,
      at: file,
    });
  }
}

/** The driver in what a module exports, or what it lacks. */
function asDriver(module: unknown): OutsideDriver | string {
  const exported = property(module, 'default');
  const driver = property(exported, 'default') ?? exported; // CommonJS wraps once more
  if (typeof driver !== 'object' || driver === null) return 'its default export is no object';
  if (property(driver, 'posrig') !== DRIVER_INTERFACE)
    return `its \`posrig\` is not ${DRIVER_INTERFACE}, the interface of this version`;
  const plane = property(driver, 'plane');
  if (!PLANES.some((each) => each === plane)) return `its \`plane\` is none of ${PLANES.join(', ')}`;
  if (typeof property(property(driver, 'options'), 'safeParse') !== 'function')
    return 'its `options` are no schema: `safeParse` is missing';
  if (typeof property(driver, 'open') !== 'function') return 'it has no `open`';
  return driver as OutsideDriver;
}

const property = (value: unknown, name: string): unknown =>
  (typeof value === 'object' || typeof value === 'function') && value !== null
    ? Reflect.get(value, name)
    : undefined;

const unfit = (name: string, why: string): RigError =>
  new RigError('FILE_INVALID', 'file', `${name} is no driver that can be used here: ${why}`, {
    hint: 'drivers/outside/README.md tells what a driver is; `posrig bench conform` tries one.',
  });
