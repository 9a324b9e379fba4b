import { type FSWatcher, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** How often the node is looked at when the kernel does not tell by itself, wall ms. */
const LOOK_EVERY_WALL_MS = 2000;

/**
 * Watches a device node and calls `gone` once when it disappears or another device has taken its name. A port that is
 * read learns of its end by reading; this tells also when nothing is read or when the driver keeps a dead port open. The
 * directory's notification comes within milliseconds; the slow look catches file systems that do not notify.
 * @returns a function that ends the watch
 */
export async function watchNode(path: string, gone: (why: string) => void): Promise<() => void> {
  const node = await realpath(path);
  const before = await stat(node);
  let over = false;
  let watcher: FSWatcher | undefined;
  const end = () => {
    over = true;
    clearInterval(timer);
    watcher?.close();
  };
  const tell = (why: string) => {
    if (over) return;
    end();
    gone(why);
  };
  const look = async () => {
    try {
      const now = await stat(node);
      if (now.ino !== before.ino || now.rdev !== before.rdev) tell(`another device took the name ${node}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') tell(`the device ${node} is gone`);
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_WALL_MS);
  timer.unref();
  try {
    watcher = watch(dirname(node), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(node)) void look();
    });
    watcher.on('error', () => watcher?.close()); // too many watches on this machine: the slow look remains
  } catch {
    // The same, reported at once.
  }
  return end;
}
