import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type CpioEntry, cpio } from './cpio.ts';
import { loadOrder } from './modules.ts';
import { GUEST_WORK } from './tier.ts';

/** What the guest needs to reach this machine's files. */
const EARLY_MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_rng'];

/**
 * First program of the guest: mounts this machine's files (read only, with a scratch layer in memory over them) and the
 * work folder, and hands over to the script there.
 */
const INIT = `#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc proc /proc; $B mount -t sysfs sys /sys; $B mount -t devtmpfs dev /dev
while read -r m; do $B insmod /mod/$m || $B echo "guest: module $m does not load"; done < /mod/order
O=trans=virtio,version=9p2000.L,msize=512000
$B mount -t 9p -o ro,$O,cache=loose root /ro || $B echo "guest: no root"
$B mount -t tmpfs tmpfs /rw; $B mkdir -p /rw/up /rw/wk
$B mount -t overlay -o lowerdir=/ro,upperdir=/rw/up,workdir=/rw/wk overlay /root || $B echo "guest: no overlay"
$B mount -t tmpfs tmpfs /root/run; $B mkdir -p /root${GUEST_WORK}
$B mount -t 9p -o rw,$O,cache=none work /root${GUEST_WORK} || $B echo "guest: no work folder"
for d in proc sys dev; do $B mount --move /$d /root/$d; done
exec $B switch_root /root /bin/sh ${GUEST_WORK}/guest.sh
`;

/** The first root of the guest: a static busybox, a few modules and `INIT`. */
export async function initramfs(busybox: string, modules: ReadonlyMap<string, string>): Promise<Uint8Array> {
  const order = await loadOrder(EARLY_MODULES, modules);
  const text = (value: string) => new TextEncoder().encode(value);
  const loaded = await Promise.all(
    order.map(
      async (file): Promise<CpioEntry> => ({ path: `mod/${basename(file)}`, file: await readFile(file) }),
    ),
  );
  return cpio([
    ...['bin', 'mod', 'proc', 'sys', 'dev', 'ro', 'rw', 'root'].map(
      (path): CpioEntry => ({ path, folder: true }),
    ),
    { path: 'bin/busybox', file: await readFile(busybox), run: true },
    { path: 'init', file: text(INIT), run: true },
    { path: 'mod/order', file: text(`${order.map((file) => basename(file)).join('\n')}\n`) },
    ...loaded,
  ]);
}
