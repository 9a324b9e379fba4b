import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface MachineOptions {
  readonly qemu: string;
  readonly kernel: string;
  readonly initramfs: string;
  /** Folder that the guest may write to. */
  readonly work: string;
  /** Wall ms after which the machine is switched off. */
  readonly limitWallMs: number;
  /** Every line of the guest's console. */
  readonly line: (line: string) => void;
}

/** Memory of the guest, MB. QEMU itself takes 100 to 150 MB more. */
const MEMORY_MB = 640;

/**
 * Boots and waits until the guest has switched itself off. The processor is emulated: a machine whose /dev/kvm cannot run
 * an unmodified kernel exists, and what is tested here needs no speed. A hub whose ports can be switched hangs on the
 * emulated controller, with a keyboard on its second port.
 * @returns false when the time was up
 */
export async function runMachine(options: MachineOptions): Promise<boolean> {
  const { work } = options;
  const share = (tag: string, path: string, more: string) => [
    ...['-fsdev', `local,id=${tag},path=${path},security_model=none${more}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ];
  const child = spawn(
    options.qemu,
    [
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
      ...[
        '-accel',
        'tcg,thread=multi',
        '-machine',
        'q35',
        '-cpu',
        'max',
        '-smp',
        '2',
        '-m',
        String(MEMORY_MB),
      ],
      ...['-kernel', options.kernel, '-initrd', options.initramfs],
      ...['-append', 'console=ttyS0 quiet loglevel=3 panic=-1 reboot=t mitigations=off nokaslr'],
      ...['-serial', 'stdio', '-device', 'virtio-rng-pci'],
      ...share('root', '/', ',readonly=on,multidevs=remap'),
      ...share('work', work, ''),
      ...['-device', 'qemu-xhci,id=usb', '-device', 'usb-hub,id=hub,bus=usb.0,port=1,ports=4,port-power=on'],
      ...['-device', 'usb-kbd,bus=usb.0,port=1.2'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: join(work) },
  );
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => options.line(line.replaceAll('\r', '')));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, options.limitWallMs);
  const stop = () => child.kill('SIGKILL');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await once(child, 'close');
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  return !late;
}
