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

/** An entry and the line that says it, from 1. */
export interface Listed extends Entry {
  readonly line: number;
}

/** What a manifest says, and the numbers of its lines that are not as `formatManifest` writes them. */
export interface Manifest {
  readonly entries: readonly Listed[];
  readonly wrong: readonly number[];
}

/**
 * Reads what `formatManifest` writes; any other byte is damage, told by its line. A wrong line hides no other: reading goes
 * on after it. Of two lines about one file the first counts, the second is wrong; so is a line that is not in order.
 */
export function parseManifest(text: string): Manifest {
  const entries: Listed[] = [];
  const wrong: number[] = [];
  const seen = new Set<string>();
  let before = '';
  const lines = text.split('\n');
  // After the last line end there is nothing; a line without an end is wrong.
  if (lines.at(-1) === '') lines.pop();
  else wrong.push(lines.length);
  for (const [index, content] of lines.entries()) {
    const line = index + 1;
    const [, sha256, encoded] = /^([0-9a-f]{64}) {2}(.+)$/s.exec(content) ?? [];
    const path = encoded === undefined ? undefined : decodePath(encoded);
    if (sha256 === undefined || path === undefined || !isSafe(path) || seen.has(path)) {
      if (!wrong.includes(line)) wrong.push(line);
      continue;
    }
    if (path < before) wrong.push(line);
    else before = path;
    seen.add(path);
    entries.push({ path, sha256, line });
  }
  return { entries, wrong: [...new Set(wrong)].sort((a, b) => a - b) };
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
