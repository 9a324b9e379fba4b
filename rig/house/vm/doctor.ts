import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Capability } from '../../bench/manifest.ts';

/** Programs with which `npm run test:vm` makes its machine. Nothing else uses them. */
const PROGRAMS = [
  {
    id: 'qemu',
    title: 'QEMU',
    names: ['qemu-system-x86_64'],
    package: 'qemu-system-x86',
    does: 'the machine itself',
  },
  {
    id: 'busybox',
    title: 'BusyBox, static',
    names: ['busybox'],
    package: 'busybox-static',
    does: 'its first program',
  },
  {
    id: 'udev',
    title: 'udev',
    names: ['systemd-udevd', 'udevadm'],
    package: 'udev',
    does: 'hot-plug events and stable names in it',
  },
] as const;

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
 * What the machine of `npm run test:vm` needs, for `npm run setup -- --vm`.
 * @param absent what an absent program is called
 */
export const examineVm = (absent: 'limited' | 'missing') => async (): Promise<readonly Capability[]> =>
  Promise.all(
    PROGRAMS.map(async ({ id, title, names, package: name, does }): Promise<Capability> => {
      const found = await Promise.all(names.map(findProgram));
      const about = { id, title, package: name, purpose: `npm run test:vm: ${does}; nothing else uses it` };
      const [first] = found;
      if (first !== undefined && !found.includes(undefined)) return { ...about, state: 'ok', found: first };
      const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
      const remedy = `${sudo}apt-get install -y --no-install-recommends ${name}`;
      return { ...about, state: absent, found: 'not found', remedy };
    }),
  );
