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
  NUL: 0x00, EOT: 0x04, ENQ: 0x05, BEL: 0x07, HT: 0x09, LF: 0x0a, FF: 0x0c, CR: 0x0d, DLE: 0x10, DC4: 0x14, CAN: 0x18,
  ESC: 0x1b, FS: 0x1c, GS: 0x1d, SP: 0x20,
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

interface Node {
  readonly next: Map<number, Node>;
  command?: Command;
}

const ROOT: Node = { next: new Map() };
for (const command of COMMANDS) {
  let node = ROOT;
  for (const byte of prefixOf(command.id)) {
    let child = node.next.get(byte);
    if (!child) {
      child = { next: new Map() };
      node.next.set(byte, child);
    }
    node = child;
  }
  node.command = command;
}

/** What the bytes from the start of a control byte turn out to be. */
export type Recognition =
  | { readonly state: 'command'; readonly command: Command; readonly length: number }
  /** `length` bytes are needed to say more. */
  | { readonly state: 'incomplete'; readonly length: number }
  /** So many bytes are explained by nothing; what follows them starts anew. */
  | { readonly state: 'unknown'; readonly length: number };

/** Recognises the command at the start of `bytes`, whose first byte is a control byte (below 0x20). */
export function recognise(bytes: Uint8Array): Recognition {
  let node = ROOT;
  let command: Command | undefined;
  let depth = 0;
  while (depth < bytes.length) {
    const child = node.next.get(at(bytes, depth));
    if (!child) break;
    node = child;
    depth++;
    command = node.command ?? command;
  }
  // Only deeper prefixes could still decide between commands: wait for the byte that does.
  if (depth === bytes.length && node.next.size > 0) return { state: 'incomplete', length: depth + 1 };
  if (!command) return { state: 'unknown', length: unknownLength(bytes) };
  const length = command.length(bytes);
  if (length === 0) return { state: 'unknown', length: unknownLength(bytes) };
  return length > bytes.length ? { state: 'incomplete', length } : { state: 'command', command, length };
}

/** An introducer with a letter that means nothing is thrown away as a pair, as the printers do; else just one byte. */
function unknownLength(bytes: Uint8Array): number {
  const second = at(bytes, 1);
  return ROOT.next.has(at(bytes, 0)) && bytes.length > 1 && second > 0x20 && second < 0x7f ? 2 : 1;
}
