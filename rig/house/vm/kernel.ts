import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, downloadUnpacked, fileName, newestOf } from './apt-package.ts';
import { NoMachine } from './tier.ts';

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

/**
 * The kernel to boot: the one that apt knows, downloaded and unpacked but never installed; without a network the newest
 * that was unpacked before. Throws with what apt said.
 */
export async function guestKernel(say: (line: string) => void): Promise<GuestKernel> {
  const cache = cacheFolder();
  const wanted = await newestOf(META, /linux-image-\S+/);
  if (!wanted) {
    const [last] = (await readdir(cache).catch(() => []))
      .filter((name) => name.startsWith('linux-image'))
      .sort()
      .reverse();
    const old = last === undefined ? undefined : await unpackedKernel(join(cache, last));
    if (old) return old;
    throw new NoMachine(`apt knows no ${META}, and none is in ${cache}`);
  }
  const folder = join(cache, fileName(wanted));
  const ready = await unpackedKernel(folder);
  if (ready) return ready;
  say(`downloading ${fileName(wanted)} (about 70 MB, once) …`);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'new-'));
  try {
    const tree = await downloadUnpacked(wanted, work);
    const compressed = await kernelFile(join(tree, 'boot'));
    await writeFile(join(work, 'image'), await bootable(await readFile(compressed)));
    await rename(work, folder).catch(() => {}); // another run was faster
  } catch (error) {
    throw new NoMachine(
      `${wanted.name} was not downloaded: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const made = await unpackedKernel(folder);
  if (!made) throw new NoMachine(`${fileName(wanted)} holds no kernel and modules as expected`);
  return made;
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
