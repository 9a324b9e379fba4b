import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Capability } from '../../bench/manifest.ts';
import type { TierName } from './tier.ts';
import { builtUml } from './uml-kernel.ts';

/** Programs that a machine of `npm run test:vm`, or its kernel, is made with. Nothing else uses them. */
interface Need {
  readonly id: string;
  readonly title: string;
  readonly names: readonly string[];
  readonly package: string;
  readonly does: string;
}

/** For both tiers busybox and udev; QEMU is the tier that every machine can have. */
const TO_RUN: readonly Need[] = [
  {
    id: 'qemu',
    title: 'QEMU',
    names: ['qemu-system-x86_64'],
    package: 'qemu-system-x86',
    does: 'tier qemu: the machine itself',
  },
  {
    id: 'busybox',
    title: 'BusyBox, static',
    names: ['busybox'],
    package: 'busybox-static',
    does: 'both tiers: first and last program of the machine',
  },
  {
    id: 'udev',
    title: 'udev',
    names: ['systemd-udevd', 'udevadm'],
    package: 'udev',
    does: 'both tiers: hot-plug events and stable names in the machine',
  },
];

const TO_BUILD: readonly Need[] = [
  { id: 'gcc', names: ['gcc'], package: 'build-essential' },
  { id: 'make', names: ['make'], package: 'build-essential' },
  { id: 'flex', names: ['flex'], package: 'flex' },
  { id: 'bison', names: ['bison'], package: 'bison' },
  { id: 'bc', names: ['bc'], package: 'bc' },
  { id: 'xz', names: ['xz'], package: 'xz-utils' },
].map((need) => ({ ...need, title: need.id, does: 'tier uml: building its kernel (npm run test:vm:build)' }));

/** Debian keeps daemons where not every PATH looks. POSRIG_VM_TOOLS says to look there alone. */
const folders = (): readonly string[] => {
  const only = process.env['POSRIG_VM_TOOLS'];
  if (only !== undefined) return only.split(delimiter);
  const path = (process.env['PATH'] ?? '').split(delimiter);
  return [...path, '/usr/sbin', '/sbin', '/lib/systemd', '/usr/lib/systemd'];
};

/** Where a program lies; undefined when it does not. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of folders()) {
    const path = join(folder, name);
    if (folder && (await mayRun(path))) return path;
  }
  return undefined;
}

const mayRun = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/**
 * What the machines of `npm run test:vm` need, for `npm run setup -- --vm`.
 * @param absent what an absent program is called
 */
export const examineVm = (absent: 'limited' | 'missing') => () => examine(TO_RUN, absent);

/** What `npm run test:vm:build` needs, for `npm run setup -- --vm-build`. */
export const examineVmBuild = (absent: 'limited' | 'missing') => () => examine(TO_BUILD, absent);

const examine = (needs: readonly Need[], absent: 'limited' | 'missing'): Promise<readonly Capability[]> =>
  Promise.all(
    needs.map(async ({ id, title, names, package: name, does }): Promise<Capability> => {
      const found = await Promise.all(names.map(findProgram));
      const about = { id, title, package: name, purpose: `npm run test:vm, ${does}; nothing else uses it` };
      const [first] = found;
      if (first !== undefined && !found.includes(undefined)) return { ...about, state: 'ok', found: first };
      const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
      const remedy = `${sudo}apt-get install -y --no-install-recommends ${name}`;
      return { ...about, state: absent, found: 'not found', remedy };
    }),
  );

/** The two kinds of machine in which `npm run test:vm` runs, for `posrig doctor`. */
export async function examineTiers(): Promise<readonly Capability[]> {
  const [uml, needs] = await Promise.all([builtUml(), examine(TO_RUN, 'limited')]);
  const lacking = (...ids: readonly string[]) =>
    needs.filter(({ id, state }) => ids.includes(id) && state !== 'ok').map(({ title }) => title);
  const tier = (name: TierName, lacks: readonly string[], found: string, remedy: string): Capability => ({
    id: `test-vm-${name}`,
    title: `Machine for tests, tier ${name}`,
    purpose:
      'npm run test:vm: tests on a real Linux USB stack and with netem, without hardware; runs need it not',
    ...(lacks.length === 0
      ? { state: 'ok', found }
      : { state: 'limited', found: `lacks ${lacks.join(', ')}`, remedy }),
  });
  const ofUml = [...(uml ? [] : ['its kernel']), ...lacking('busybox', 'udev')];
  return [
    tier('uml', ofUml, uml?.name ?? '', 'npm run test:vm:build'),
    tier('qemu', lacking('qemu', 'busybox', 'udev'), 'QEMU, busybox, udev', 'npm run setup -- --vm'),
  ];
}
