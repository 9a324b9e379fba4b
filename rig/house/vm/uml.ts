import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './doctor.ts';
import { runMachine } from './run-machine.ts';
import { GUEST_WORK, type Machine, NoMachine } from './tier.ts';
import { builtUml } from './uml-kernel.ts';

/** Memory of the guest, MB; it takes from this machine what it touches. */
const MEMORY_MB = 640;

/**
 * First program of the guest, whose root is this machine's own over hostfs: a layer in memory over it, the work folder, and
 * on to the script there.
 */
const initOf = (work: string): string => `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs tmpfs /run; mkdir /run/up /run/wk /run/root
mount -t overlay -o lowerdir=/,upperdir=/run/up,workdir=/run/wk overlay /run/root || echo "guest: no overlay"
cd /run/root
mkdir -p proc sys dev run mnt
mount -t proc proc proc; mount -t sysfs sys sys; mount -t devtmpfs dev dev; mount -t tmpfs tmpfs run
mkdir -p .${GUEST_WORK}; mount -t hostfs work .${GUEST_WORK} -o '${work}' || echo "guest: no work folder"
pivot_root . mnt && exec chroot . /bin/sh ${GUEST_WORK}/guest.sh
echo "guest: no root"; busybox poweroff -f
`;

/** A Linux kernel that is a program of this machine, built by `npm run test:vm:build`. Throws {@link NoMachine}. */
export async function umlMachine(): Promise<Machine> {
  const kernel = await builtUml();
  if (!kernel) throw new NoMachine('user-mode Linux is not built; `npm run test:vm:build` builds it');
  const [busybox, udev] = await Promise.all(['busybox', 'systemd-udevd'].map(findProgram));
  if (!busybox || !udev)
    throw new NoMachine('busybox or udev is missing; `npm run setup -- --vm` installs them');
  return {
    tier: 'uml',
    title: `${kernel.name} as a program (user-mode Linux)`,
    drivers: '',
    async boot(boot) {
      const init = join(boot.work, 'init.sh');
      await writeFile(init, initOf(boot.work), { mode: 0o755 });
      const words = [
        ...[`mem=${MEMORY_MB}M`, 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${init}`],
        ...['con=null', 'con0=null,fd:1', 'quiet', 'loglevel=3', 'panic=-1', `uml_dir=${boot.work}`],
      ];
      return runMachine(kernel.program, words, boot);
    },
  };
}
