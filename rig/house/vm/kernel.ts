import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Debian's kernel, unpacked. */
export interface GuestKernel {
  /** `linux-image-6.1.0-43-amd64_6.1.162-1` */
  readonly name: string;
  /** What QEMU starts. */
  readonly image: string;
  /** Folder with the modules. */
  readonly modules: string;
}

/** The package that always depends on Debian's current kernel. */
const META = 'linux-image-amd64';
const run = promisify(execFile);

/** Kernels are kept from run to run: `$XDG_CACHE_HOME/posrig/vm`. */
export const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'posrig', 'vm');

/**
 * The kernel to boot: the one that apt knows, downloaded and unpacked but never installed; without a network the newest
 * that was unpacked before. Throws with what apt said.
 */
export async function guestKernel(say: (line: string) => void): Promise<GuestKernel> {
  const cache = cacheFolder();
  const wanted = await newestKernel();
  const ready = wanted && (await unpackedKernel(join(cache, wanted.name)));
  if (ready) return ready;
  if (!wanted) {
    const [last] = (await readdir(cache).catch(() => []))
      .filter((name) => name.startsWith('linux-image'))
      .sort()
      .reverse();
    const old = last === undefined ? undefined : await unpackedKernel(join(cache, last));
    if (old) return old;
    throw new Error(`apt knows no ${META}, and none is in ${cache}`);
  }
  say(`downloading ${wanted.name} (about 70 MB, once) …`);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'new-'));
  try {
    await run('apt-get', ['download', '-q', wanted.package], { cwd: work, timeout: 10 * 60_000 });
    const [archive] = (await readdir(work)).filter((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get downloaded nothing');
    await run('dpkg-deb', ['-x', join(work, archive), join(work, 'tree')], { timeout: 5 * 60_000 });
    await rm(join(work, archive));
    const compressed = await kernelFile(join(work, 'tree/boot'));
    await writeFile(join(work, 'image'), await bootable(await readFile(compressed)));
    await rename(work, join(cache, wanted.name)).catch(() => {}); // another run was faster
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const made = await unpackedKernel(join(cache, wanted.name));
  if (!made) throw new Error(`${wanted.name} holds no kernel and modules as expected`);
  return made;
}

async function newestKernel(): Promise<{ readonly package: string; readonly name: string } | undefined> {
  try {
    const depends = await run('apt-cache', ['depends', META]);
    const found = /Depends: (linux-image-\S+)/.exec(depends.stdout)?.[1];
    if (!found) return undefined;
    const version = /^Version: (\S+)/m.exec(
      (await run('apt-cache', ['--no-all-versions', 'show', found])).stdout,
    )?.[1];
    return version ? { package: found, name: `${found}_${version.replaceAll(':', '%3a')}` } : undefined;
  } catch {
    return undefined;
  }
}

async function unpackedKernel(folder: string): Promise<GuestKernel | undefined> {
  const below = join(folder, 'tree/lib/modules');
  const [release] = await readdir(below).catch(() => []);
  if (release === undefined || !(await readdir(folder)).includes('image')) return undefined;
  return {
    name: folder.slice(folder.lastIndexOf('/') + 1),
    image: join(folder, 'image'),
    modules: join(below, release),
  };
}

async function kernelFile(boot: string): Promise<string> {
  const [name] = (await readdir(boot)).filter((each) => each.startsWith('vmlinuz-'));
  if (name === undefined) throw new Error('the package holds no vmlinuz');
  return join(boot, name);
}

/**
 * The ELF kernel within a bzImage (x86 boot protocol 2.08: payload_offset and payload_length), which QEMU starts without
 * letting the guest decompress it in emulated code: two to three seconds less per boot. The image as it is when its payload
 * is not xz.
 */
export async function bootable(image: Buffer): Promise<Buffer> {
  if (image.toString('latin1', 0x202, 0x206) !== 'HdrS') return image;
  const setup = image.readUInt8(0x1f1) || 4;
  const from = (setup + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(from, from + image.readUInt32LE(0x24c));
  if (payload.toString('latin1', 1, 5) !== '7zXZ') return image;
  const unpacker = spawn('busybox', ['unxz', '-c'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const pieces: Buffer[] = [];
  unpacker.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  unpacker.stdin.on('error', () => {}); // it stops reading at the end of the stream
  unpacker.stdin.end(payload.subarray(0, payload.length - 4)); // the last four bytes are the length behind the stream
  await once(unpacker, 'close');
  const kernel = Buffer.concat(pieces);
  return kernel.toString('latin1', 1, 4) === 'ELF' ? kernel : image;
}
