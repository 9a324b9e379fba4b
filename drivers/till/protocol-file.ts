import { readdirSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { type FileIssue, inFileOrder, nearestWord, quote, valueOrThrow } from '../../rig/bench/load-issue.ts';
import { fitSchema, oneOf } from '../../rig/bench/load-schema.ts';
import { type DataPath, issueAt, readYaml, type Source } from '../../rig/bench/load-yaml.ts';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import {
  type Beginning,
  type Field,
  type Message,
  type Protocol,
  ProtocolFile,
} from '../codec/ecr/protocol.ts';

const FOLDER = 'drivers/till/protocols';

/** Names of the till protocols that ship as files. */
export const protocolNames = (): string[] =>
  readdirSync(packaged(FOLDER))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();

/** A shipped protocol by name, or a file: with a slash or ending in `.yaml`, relative to the working directory. */
export function protocolPath(nameOrPath: string): string {
  if (nameOrPath.startsWith('posrig:')) return packaged(nameOrPath.slice('posrig:'.length));
  if (/[\\/]/.test(nameOrPath) || /\.ya?ml$/.test(nameOrPath)) {
    return isAbsolute(nameOrPath) ? nameOrPath : resolve(nameOrPath);
  }
  const names = protocolNames();
  if (names.includes(nameOrPath)) return packaged(`${FOLDER}/${nameOrPath}.yaml`);
  const near = nearestWord(nameOrPath, names);
  throw new RigError('FILE_INVALID', 'file', `there is no till protocol "${nameOrPath}"`, {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}Known are ${names.join(', ')}; a protocol of your own is named by its path.`,
  });
}

/**
 * A till protocol by the name of a shipped one or by path, checked. Throws FILE_UNREADABLE, FILE_SYNTAX or FILE_INVALID
 * with file, line and column.
 */
export function loadProtocol(nameOrPath: string): Protocol {
  const { source, issues } = readYaml(protocolPath(nameOrPath), { numbers: 'as-written' });
  if (!source) return valueOrThrow<Protocol>({ issues });
  const fitted = fitSchema<Protocol>(ProtocolFile, source);
  const broken = fitted.value ? contradictions(fitted.value, source) : [];
  const all = inFileOrder([...issues, ...fitted.issues, ...broken]);
  return valueOrThrow<Protocol>(all.length > 0 ? { issues: all } : fitted);
}

/** What a schema cannot say: references, widths, messages that cannot be told apart. */
function contradictions(protocol: Protocol, source: Source): FileIssue[] {
  const issues: FileIssue[] = [];
  const wrong = (
    path: DataPath,
    message: string,
    more: { expected?: string; nearest?: string | undefined } = {},
  ) => issues.push(issueAt(source, path, message, more));
  const { serial, tcp } = protocol.links;
  if (!serial && !tcp) wrong(['links'], 'no link', { expected: 'serial, tcp, or both' });
  for (const [over, link] of Object.entries(protocol.links)) {
    if (!link) continue;
    const numbers = link.framing.kind === '55aa-cc33';
    if (numbers ? link.handshake === 'ack' || link.handshake === 'enq' : link.handshake === 'numbered') {
      wrong(['links', over, 'handshake'], `${link.framing.kind} has no handshake ${quote(link.handshake)}`, {
        expected: numbers ? 'numbered or none' : 'none, ack or enq',
      });
    }
  }
  for (const [name, message] of Object.entries(protocol.messages)) {
    for (const [i, field] of message.fields.entries()) {
      for (const { path, message: text } of fieldTroubles(protocol, message, field, i)) {
        wrong(['messages', name, 'fields', i, ...path], text);
      }
      if (field.table !== undefined && !protocol.tables[field.table]) {
        wrong(['messages', name, 'fields', i, 'table'], `there is no table ${quote(field.table)}`, {
          nearest: nearestWord(field.table, Object.keys(protocol.tables)),
        });
      }
    }
    const hides = hiddenBy(protocol, name);
    if (hides !== undefined) {
      wrong(['messages', name], `never recognised: ${hides} fits everything that this one does`, {
        expected: 'fields with `is` that tell them apart, or this one before the other',
      });
    }
  }
  const senders = { request: 'till', reply: 'terminal', refusal: 'terminal', each: 'terminal' } as const;
  const named = { ...senders, progress: 'terminal', receipt: 'terminal' } as const;
  for (const [name, exchange] of Object.entries(protocol.exchanges)) {
    for (const [key, from] of Object.entries(named)) {
      const message = exchange[key as keyof typeof named];
      if (message === undefined) continue;
      const path = ['exchanges', name, key];
      const known = protocol.messages[message];
      if (!known) {
        wrong(path, `there is no message ${quote(message)}`, {
          nearest: nearestWord(message, Object.keys(protocol.messages)),
        });
      } else if (known.from !== from)
        wrong(path, `${message} comes from the ${known.from}`, { expected: `one from the ${from}` });
    }
    if (!UNANSWERED.has(exchange.does) && exchange.reply === undefined) {
      wrong(['exchanges', name], 'no reply', { expected: `reply, or does: ${oneOf([...UNANSWERED])}` });
    }
    const request = protocol.messages[exchange.request];
    for (const field of Object.keys(exchange['progress-when'])) {
      if (request && !request.fields.some((one) => one.name === field)) {
        wrong(['exchanges', name, 'progress-when', field], `${exchange.request} has no field ${field}`);
      }
    }
  }
  return issues;
}

/** What may be acknowledged and nothing more. */
const UNANSWERED: ReadonlySet<Beginning> = new Set<Beginning>(['nothing', 'receipts', 'last-receipt']);

interface Trouble {
  readonly path: DataPath;
  readonly message: string;
}

function fieldTroubles({ layout, links }: Protocol, message: Message, field: Field, i: number): Trouble[] {
  const troubles: Trouble[] = [];
  const say = (path: DataPath, text: string) => troubles.push({ path, message: text });
  const last = i === message.fields.length - 1;
  const { is, width, tag } = field;
  if (message.fields.findIndex(({ name }) => name === field.name) < i) {
    say(['name'], `the field ${field.name} stands here twice`);
  }
  if (layout.kind === 'fixed' && width === undefined && is === undefined && !last) {
    say([], 'a field of a fixed layout needs its width, but for the last one');
  }
  if (layout.kind === 'tlv' && tag?.length !== layout.tag)
    say([], `a tag of ${layout.tag} characters is needed`);
  if (layout.kind !== 'tlv' && tag !== undefined) say(['tag'], 'this layout has no tags');
  if (layout.kind === 'delimited' && is?.includes(layout.separator)) {
    say(['is'], `"${layout.separator}" ends a field`);
  }
  if (is !== undefined && width !== undefined && is.length > width) {
    say(['is'], `${is.length} characters in a width of ${width}`);
  }
  if (message.form === 'progress') {
    const has = [links.serial, links.tcp].some(
      (link) => link?.framing.kind === 'stx-etx-lrc' && link.framing.progress,
    );
    if (!has) say([], 'progress text needs a framing with `progress: true`');
  }
  return troubles;
}

/** The message before this one that takes everything that this one could be. */
function hiddenBy(protocol: Protocol, name: string): string | undefined {
  const own = protocol.messages[name];
  if (!own) return undefined;
  const marks = new Set(marksOf(protocol, own));
  const size = sizeOf(own);
  for (const [before, message] of Object.entries(protocol.messages)) {
    if (before === name) return undefined;
    if (message.from !== own.from || message.form !== own.form) continue;
    // Messages of different lengths are told apart by which of them a text fills.
    if (protocol.layout.kind !== 'tlv' && sizeOf(message) !== size) continue;
    if (marksOf(protocol, message).every((mark) => marks.has(mark))) return before;
  }
  return undefined;
}

/** How many fields, and how many characters as far as that is fixed. */
const sizeOf = ({ fields }: Message): string =>
  `${fields.length} ${fields.reduce((sum, { width, is }) => sum + (width ?? is?.length ?? 0), 0)}`;

/** Where what must stand. */
function marksOf({ layout }: Protocol, { fields }: Message): string[] {
  let at = 0;
  return fields.flatMap(({ is, tag, width, optional }, i) => {
    const place = layout.kind === 'tlv' ? tag : layout.kind === 'delimited' ? i : at;
    at += width ?? is?.length ?? 0;
    return is === undefined || optional ? [] : [`${place}=${is}`];
  });
}
