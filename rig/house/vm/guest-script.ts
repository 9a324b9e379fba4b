import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../model/package-root.ts';
import { compiledName } from './bundle.ts';
import { GUEST_WORK, type Machine } from './tier.ts';

/**
 * What a guest does: drivers, udev, the tests, off. Its files are this machine's, so paths are the same; only what is
 * compiled is laid over by what was packed for it.
 * @param grep pattern of the titles of tests; all when it is empty
 * @param packed folder of this machine that stands for `dist/`
 */
export function guestScript(
  machine: Machine,
  files: readonly string[],
  grep: string,
  packed: string,
): string {
  const compiled = (file: string) => quoted(join(DIST, compiledName(file)));
  return `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TMPDIR=/tmp NO_COLOR=1
export POSRIG_VM_TIER=${machine.tier}
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs tmpfs /dev/shm
ip link set lo up
mount --bind ${quoted(packed)} ${quoted(DIST)} || echo "guest: what was packed is not there"
${machine.drivers}
mkdir -p /run/udev; for d in /lib/systemd /usr/lib/systemd; do [ -x $d/systemd-udevd ] && { $d/systemd-udevd --daemon; break; }; done
udevadm trigger -s usb -s tty; udevadm settle -t 30
echo "guest: up after $(cut -d' ' -f1 /proc/uptime) s"
'${process.execPath}' ${compiled('rig/house/vm/guest.ts')} ${GUEST_WORK}/report.json ${quoted(grep)} ${files.map(compiled).join(' ')}
dmesg > ${GUEST_WORK}/dmesg; sync; ${OFF[machine.tier]}
`;
}

const DIST = join(PACKAGE_ROOT, 'dist');

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** QEMU ends when the guest restarts (-no-reboot); user-mode Linux would start again. */
const OFF = { uml: 'busybox poweroff -f', qemu: 'busybox reboot -f' } as const;
