import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './doctor.ts';
import { initramfs } from './initramfs.ts';
import { guestKernel } from './kernel.ts';
import { loadOrder, moduleFiles } from './modules.ts';
import { runMachine } from './run-machine.ts';
import { type Machine, NoMachine } from './tier.ts';

/** Memory of the guest, MB, and that of its code as translated. QEMU itself takes some 60 MB more: under 1 GB in all. */
const MEMORY_MB = 512;
const TRANSLATED_MB = 256;
/**
 * An instruction of the guest takes 2^n ns of its clock, which stands still while this machine is busy with others: two
 * seconds in the guest are the same work whether the machine is quiet or not, so its deadlines mean something. 250 million
 * instructions a second are somewhat more than an emulated processor does on a quiet machine. While the guest idles, its
 * clock is ours. It has one processor: a second one would take turns with it.
 */
const INSTRUCTION_SHIFT = 2;
/** Drivers that the tests use; loaded before them, in this order. */
const MODULES = [
  ...['xhci_pci', 'vhci_hcd', 'cdc_acm', 'ftdi_sio', 'usbhid', 'hid_generic', 'evdev'],
  ...['veth', 'tun', 'sch_netem', 'sch_tbf', 'inet_diag', 'tcp_diag', 'crc32c_generic'],
  ...[
    'nf_tables',
    'nft_ct',
    'nft_reject_inet',
    'nft_reject_ipv4',
    'nft_chain_nat',
    'nft_nat',
    'nft_log',
    'nft_numgen',
    'nft_limit',
  ],
];

/**
 * An emulated PC with Debian's own kernel, in the form in which Debian ships it. Its processor is emulated: a machine
 * whose /dev/kvm cannot run an unmodified kernel exists, and what is tested here needs no speed. A hub whose ports can be
 * switched hangs on the emulated controller, with a keyboard on its second port. Throws {@link NoMachine}.
 */
export async function qemuMachine(say: (line: string) => void): Promise<Machine> {
  const [qemu, busybox, udev] = await Promise.all(
    ['qemu-system-x86_64', 'busybox', 'systemd-udevd'].map(findProgram),
  );
  if (!qemu || !busybox || !udev)
    throw new NoMachine('QEMU, busybox or udev is missing; `npm run setup -- --vm` installs them');
  const kernel = await guestKernel(say);
  const files = await moduleFiles(kernel.modules);
  const first = await initramfs(busybox, files);
  const modules = await loadOrder(MODULES, files);
  return {
    tier: 'qemu',
    title: `${kernel.name} in an emulated PC`,
    drivers: `for m in ${modules.join(' ')}; do busybox insmod $m || echo "guest: $m does not load"; done`,
    async boot(boot) {
      await writeFile(join(boot.work, 'initramfs'), first);
      return runMachine(qemu, words(kernel.image, boot.work), boot);
    },
  };
}

function words(kernel: string, work: string): readonly string[] {
  const share = (tag: string, path: string, more: string) => [
    ...['-fsdev', `local,id=${tag},path=${path},security_model=none${more}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ];
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ...['-accel', `tcg,thread=single,tb-size=${TRANSLATED_MB}`],
    ...['-icount', `shift=${INSTRUCTION_SHIFT},sleep=on`],
    ...['-machine', 'q35', '-cpu', 'max', '-smp', '1', '-m', `${MEMORY_MB}`],
    ...['-kernel', kernel, '-initrd', join(work, 'initramfs')],
    ...['-append', 'console=ttyS0 quiet loglevel=3 panic=-1 reboot=t mitigations=off nokaslr'],
    ...['-serial', 'stdio', '-device', 'virtio-rng-pci'],
    ...share('root', '/', ',readonly=on,multidevs=remap'),
    ...share('work', work, ''),
    ...['-device', 'qemu-xhci,id=usb', '-device', 'usb-hub,id=hub,bus=usb.0,port=1,ports=4,port-power=on'],
    ...['-device', 'usb-kbd,bus=usb.0,port=1.2'],
  ];
}
