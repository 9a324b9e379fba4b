import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { loadProfile, profilePath, shippedProfiles } from '../../../rig/bench/load.ts';
import { nearestWord, valueOrThrow } from '../../../rig/bench/load-issue.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import { type Console, openConsole } from '../../keypad/teach/console.ts';
import { isUsbName, parseUsbName } from '../../transport/usb-name.ts';
import { findSerialPorts } from '../serial-ports.ts';
import { type Answers, PARTS } from './answers.ts';
import { composeBench } from './compose.ts';
import { identify } from './identify.ts';

/** Options of `posrig bench new` as the command line gives them. */
export interface BenchNewOptions {
  readonly id?: string;
  readonly title?: string;
  readonly profile?: string;
  readonly listen?: string;
  readonly keypad?: string;
  readonly card?: string;
  readonly power?: string;
  readonly display?: string;
  readonly printer?: string;
  readonly till?: string;
  readonly probe?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The wiring guide. */
export const WIRING = packaged('drivers/devices/wiring/README.md');

const ID = /^[a-z0-9][a-z0-9-]*$/;

/**
 * `posrig bench new`: asks what the lab has (or takes it from the options), and writes a bench file that passes `check`.
 * Returns the exit code. Errors: USAGE, and FILE_INVALID for a profile that is none.
 */
export async function benchNew(file: string, options: BenchNewOptions): Promise<number> {
  if (existsSync(file) && !options.force) {
    throw new RigError('USAGE', 'file', `${file} is there already`, {
      hint: 'Choose another name, or add --force.',
    });
  }
  const cancelled = new AbortController();
  const stop = () => cancelled.abort(new RigError('CANCELLED', 'rig', 'nothing was written'));
  process.once('SIGINT', stop);
  const person = openConsole(process.stdin, process.stderr, cancelled.signal, options.json === true);
  let answers: Answers;
  try {
    const found = options.probe ? await probePorts(person) : new Map<string, string>();
    answers = await askAll(file, options, found, person);
  } finally {
    process.off('SIGINT', stop);
    person.close();
  }
  write(file, composeBench(answers));
  const { id, profile } = answers;
  const planes = PARTS.flatMap(({ plane }) => (answers[plane] === undefined ? [] : [plane]));
  const next = [`posrig check ${file}`, `posrig health --bench ${file}`];
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ file, id, profile, planes, next, guide: WIRING }, null, 2)}\n`
      : `written: ${file}\nnext: ${next.join(', then ')}\nhow it is wired, with a picture: ${WIRING}\n`,
  );
  return EXIT.ok;
}

/** Writes the file, and the folders to it. Errors: FILE_UNREADABLE. */
function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RigError('FILE_UNREADABLE', 'file', `${file} cannot be written: ${why}`, {
      cause,
      hint: 'Name a file in a folder that you may write to, such as lab/counter-3.yaml.',
    });
  }
}

/** The dialect of a terminal profile. Errors: USAGE for a name that no shipped profile has, and those of the file. */
function dialectOf(profile: string, file: string): string {
  if (!existsSync(profilePath(profile, file))) {
    const nearest = nearestWord(profile, shippedProfiles());
    throw new RigError('USAGE', 'file', `there is no terminal profile "${profile}"`, {
      hint: `${nearest === undefined ? '' : `Did you mean ${nearest}? `}Shipped: ${shippedProfiles().join(', ')}; \`posrig profile new\` begins one of your own.`,
    });
  }
  return valueOrThrow(loadProfile(profile, file)).value.dialect;
}

/** `HOST:PORT` with a port that there is. */
function isAddress(text: string): boolean {
  const [, port] = /^(?:\[[0-9A-Fa-f:]+\]|[^:[\]\s]+):(\d{1,5})$/.exec(text) ?? [];
  return port !== undefined && Number(port) <= 65_535;
}

/** Names that the system gives in the order in which things were plugged in. */
const UNSTABLE = /^\/dev\/tty(?:USB|ACM)\d/;

/** A device file by its whole path, or a USB name. */
function isPort(text: string): boolean {
  if (!isUsbName(text)) return /^\/\S+$/.test(text);
  try {
    parseUsbName(text);
    return true;
  } catch {
    return false;
  }
}

/** Who hangs on which port: plane → name of the port. */
async function probePorts(person: Console): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { stable, path } of await findSerialPorts()) {
    const spoke = await identify(stable).catch(() => undefined);
    const part = PARTS.find(({ speaks }) => speaks !== undefined && speaks === spoke);
    person.say(`${path}: ${spoke ?? 'says nothing that is known'}`);
    if (part && !found.has(part.plane)) found.set(part.plane, stable);
  }
  return found;
}

async function askAll(
  file: string,
  options: BenchNewOptions,
  found: ReadonlyMap<string, string>,
  person: Console,
): Promise<Answers> {
  const silent = options.yes === true || options.json === true;
  const ask = async (question: string, standard: string): Promise<string> => {
    if (silent) return standard;
    const line = await person.ask(`${question} [${standard || 'none'}]: `);
    return line?.trim() || standard;
  };
  const fallback = basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '');
  const id =
    options.id ?? (await ask('Name of the bench: small letters, digits, dashes', fallback || 'bench-1'));
  if (!ID.test(id))
    throw new RigError('USAGE', 'file', `"${id}" is no name of a bench`, { hint: 'E.g. counter-3.' });
  const title = options.title ?? (await ask('Title', id));
  const profile = options.profile ?? (await ask('Terminal profile: a shipped one, or a path', 'vt-4'));
  const dialect = dialectOf(profile, file);
  const listen =
    options.listen ?? (await ask('Address on this machine that the terminal dials', '0.0.0.0:8583'));
  if (!isAddress(listen))
    throw new RigError('USAGE', 'file', `"${listen}" is no address`, {
      hint: 'Write HOST:PORT, e.g. 0.0.0.0:8583.',
    });
  if (!silent) {
    const ports = await findSerialPorts();
    person.say(
      ports.length > 0
        ? 'Ports of this machine:'
        : 'No serial port is plugged in; names can be given all the same.',
    );
    for (const { stable, path, product = '' } of ports) person.say(`  ${stable}  (${path}) ${product}`);
  }
  const parts: Partial<Record<(typeof PARTS)[number]['plane'], string>> = {};
  for (const { plane, question } of PARTS) {
    const given = options[plane as keyof BenchNewOptions];
    const port = typeof given === 'string' ? given : await ask(question, found.get(plane) ?? '');
    if (!port || port === 'none') continue;
    if (!isPort(port) && !(plane === 'till' && isAddress(port)))
      throw new RigError('USAGE', 'file', `"${port}" is no port for the ${plane}`, {
        hint: `Name it as \`posrig list devices\` does: usb:1a86:7523@1-2, or /dev/serial/by-id/…${plane === 'till' ? '; or HOST:PORT' : ''}`,
      });
    if (UNSTABLE.test(port))
      person.say(
        `  ${port} is another device when things are plugged in in another order: see posrig list devices`,
      );
    parts[plane] = port;
  }
  return { id, title, profile, dialect, listen, ...parts };
}
