import { COMMAND_TABLE } from './command-table.ts';
import { at, type LengthRule } from './length-rules.ts';

export interface Command {
  /** As the reference writes it, e.g. `GS ( k`. */
  readonly id: string;
  readonly title: string;
  readonly length: LengthRule;
  /** The printer answers it, or changes what it reports by itself. */
  readonly asks: boolean;
}

// biome-ignore format: a table
const NAMED_BYTES: Readonly<Record<string, number>> = {
  NUL: 0x00, SOH: 0x01, STX: 0x02, ETX: 0x03, EOT: 0x04, ENQ: 0x05, BEL: 0x07, HT: 0x09, LF: 0x0a, VT: 0x0b, FF: 0x0c, CR: 0x0d,
  SO: 0x0e, SI: 0x0f, DLE: 0x10, DC1: 0x11, DC2: 0x12, DC4: 0x14, CAN: 0x18, ESC: 0x1b, FS: 0x1c, GS: 0x1d, US: 0x1f,
  SP: 0x20, '81h': 0x81, F9h: 0xf9,
};

export const COMMANDS: readonly Command[] = COMMAND_TABLE.map(([id, title, length, asks]) => ({
  id,
  title,
  length,
  asks: asks !== undefined,
}));

/** The bytes that a command begins with. */
export const prefixOf = (id: string): readonly number[] =>
  id.split(' ').map((name) => NAMED_BYTES[name] ?? name.charCodeAt(0));

/** What may follow the bytes so far, by the next byte. */
interface Node {
  next: (Node | undefined)[];
  isLeaf: boolean;
  command: Command | undefined;
}

const NOTHING_FOLLOWS: Node['next'] = new Array<Node | undefined>(256).fill(undefined);
const newNode = (): Node => ({ next: NOTHING_FOLLOWS, isLeaf: true, command: undefined });
const ROOT = newNode();
for (const command of COMMANDS) {
  let node = ROOT;
  for (const byte of prefixOf(command.id)) {
    if (node.isLeaf) node.next = [...NOTHING_FOLLOWS];
    node.isLeaf = false;
    const child: Node = node.next[byte] ?? newNode();
    node.next[byte] = child;
    node = child;
  }
  node.command = command;
}

/** Commands of one byte that begin no other: line feed and the like, of which receipts are full. */
const SINGLES: readonly ({ readonly command: Command; readonly bytes: Uint8Array } | undefined)[] =
  Array.from({ length: 0x20 }, (_, byte) => {
    const node = ROOT.next[byte];
    return node?.command && node.isLeaf ? { command: node.command, bytes: Uint8Array.of(byte) } : undefined;
  });

/** The command that this byte is by itself, with its bytes (shared: not to be written to). */
export const singleByte = (byte: number): (typeof SINGLES)[number] => SINGLES[byte];

export const LINE_FEED: Command | undefined = COMMANDS.find(({ id }) => id === 'LF');

/** What the bytes from the start of a control byte turn out to be. */
export type Recognition =
  | { readonly state: 'command'; readonly command: Command; readonly length: number }
  /** `length` bytes are needed to say more. */
  | { readonly state: 'incomplete'; readonly length: number }
  /** So many bytes are explained by nothing; what follows them starts anew. */
  | { readonly state: 'unknown'; readonly length: number };

/** Recognises the command that begins at `start`, where a control byte (below 0x20) stands. */
export function recognise(bytes: Uint8Array, start = 0): Recognition {
  let node = ROOT;
  let command: Command | undefined;
  /** What it is where the longer one is not meant after all. */
  let shorter: Command | undefined;
  let at = start;
  while (at < bytes.length) {
    const child = node.next[bytes[at] ?? 0];
    if (!child) break;
    node = child;
    at++;
    if (!node.command) continue;
    shorter = command;
    command = node.command;
  }
  // Only deeper prefixes could still decide between commands: wait for the byte that does.
  if (at === bytes.length && !node.isLeaf) return { state: 'incomplete', length: at - start + 1 };
  if (!command) return { state: 'unknown', length: unknownLength(bytes, start) };
  const length =
    command.length.always ??
    command.length(new Uint8Array(bytes.buffer, bytes.byteOffset + start, bytes.length - start));
  if (length === 0) {
    const other = shorter?.length.always;
    return shorter && other !== undefined
      ? { state: 'command', command: shorter, length: other }
      : { state: 'unknown', length: unknownLength(bytes, start) };
  }
  return length > bytes.length - start
    ? { state: 'incomplete', length }
    : { state: 'command', command, length };
}

/** An introducer with a letter that means nothing is thrown away as a pair, as the printers do; else just one byte. */
function unknownLength(bytes: Uint8Array, start: number): number {
  const second = at(bytes, start + 1);
  return ROOT.next[at(bytes, start)] !== undefined &&
    bytes.length > start + 1 &&
    second > 0x20 &&
    second < 0x7f
    ? 2
    : 1;
}
