import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Kernel modules of an unpacked package: name → file. Names have `_` for `-`, as the kernel spells them. */
export async function moduleFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const all = await readdir(root, { recursive: true });
  return new Map(
    all
      .filter((path) => path.endsWith('.ko'))
      .map((path) => [kernelName(basename(path, '.ko')), join(root, path)] as const),
  );
}

/**
 * The files to load for some modules, in an order in which each comes after what it needs. A module says itself what
 * that is (`depends=` of its .modinfo), so no index is needed. Names that are no modules are skipped: a kernel may have
 * them built in. Throws when a file says that it needs one that is not there.
 */
export async function loadOrder(
  wanted: readonly string[],
  files: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const order: string[] = [];
  const visit = async (name: string): Promise<void> => {
    const file = files.get(kernelName(name));
    if (file === undefined || order.includes(file)) return;
    for (const needed of dependsOf(await readFile(file))) await visit(needed);
    if (!order.includes(file)) order.push(file);
  };
  for (const name of wanted) await visit(name);
  return order;
}

/** What a module says that it needs. */
export function dependsOf(module: Buffer): readonly string[] {
  const at = module.indexOf('\0depends=');
  if (at < 0) return [];
  const from = at + '\0depends='.length;
  return module
    .toString('latin1', from, module.indexOf(0, from))
    .split(',')
    .filter((name) => name !== '');
}

const kernelName = (name: string): string => name.replaceAll('-', '_');
