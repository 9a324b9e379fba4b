/** One file of a bag: its path with `/`, relative to the bag, and the SHA-256 of its bytes, hexadecimal. */
export interface Entry {
  readonly path: string;
  readonly sha256: string;
}

/**
 * A BagIt manifest (RFC 8493, 2.1.3): a line a file, in the form that `sha256sum -c` reads. Sorted by path, so that a bag
 * made twice is the same twice.
 */
export const formatManifest = (entries: readonly Entry[]): string =>
  [...entries]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, sha256 }) => `${sha256}  ${encodePath(path)}\n`)
    .join('');

/**
 * Reads what `formatManifest` writes, and nothing else: any other byte is damage, told by its line.
 * Returns the entries, or the number of the first line that is wrong.
 */
export function parseManifest(
  text: string,
): { readonly entries: readonly Entry[] } | { readonly wrongLine: number } {
  const entries: Entry[] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (index === lines.length - 1) return line === '' ? { entries } : { wrongLine: index + 1 };
    const [, sha256, encoded] = /^([0-9a-f]{64}) {2}(.+)$/s.exec(line) ?? [];
    const path = encoded === undefined ? undefined : decodePath(encoded);
    const before = entries.at(-1);
    const fits =
      sha256 !== undefined && path !== undefined && isSafe(path) && !(before && before.path >= path);
    if (!fits) return { wrongLine: index + 1 };
    entries.push({ path, sha256 });
  }
  return { entries };
}

/** A path stays below its bag: relative, no `..`, no `.`; as RFC 8493 asks of those who read bags of others. */
const isSafe = (path: string): boolean =>
  !path.startsWith('/') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** Line ends in names are the only characters that a manifest cannot hold (RFC 8493, 2.1.3); the per cent sign marks them. */
const encodePath = (path: string): string =>
  path.replace(/[%\r\n]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

function decodePath(encoded: string): string | undefined {
  const path = encoded.replace(/%(25|0A|0D)/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return encodePath(path) === encoded ? path : undefined;
}
