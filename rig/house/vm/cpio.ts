/** An entry of an archive; folders and links have no bytes of a file. */
export type CpioEntry =
  | { readonly path: string; readonly file: Uint8Array; readonly run?: boolean }
  | { readonly path: string; readonly link: string }
  | { readonly path: string; readonly folder: true };

const MODE = { file: 0o100644, program: 0o100755, link: 0o120777, folder: 0o040755 } as const;

/**
 * An archive in the `newc` format that Linux unpacks as its first root (Documentation/driver-api/early-userspace/
 * buffer-format.rst): headers of 110 hex characters, names and contents padded to four bytes.
 */
export function cpio(entries: readonly CpioEntry[]): Uint8Array {
  const parts = entries.flatMap((entry, i) => member(entry, i + 1));
  return Buffer.concat([...parts, ...header('TRAILER!!!', 0, 0, 0)]);
}

function member(entry: CpioEntry, inode: number): Uint8Array[] {
  if ('folder' in entry) return header(entry.path, MODE.folder, inode, 0);
  const content = 'link' in entry ? new TextEncoder().encode(entry.link) : entry.file;
  const mode = 'link' in entry ? MODE.link : entry.run ? MODE.program : MODE.file;
  return [...header(entry.path, mode, inode, content.length), content, padding(content.length)];
}

function header(path: string, mode: number, inode: number, size: number): Uint8Array[] {
  const name = new TextEncoder().encode(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [new TextEncoder().encode(text), name, padding(text.length + name.length)];
}

const padding = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4);
