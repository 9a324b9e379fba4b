import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RigError } from '../../../rig/model/errors.ts';
import type { Defects } from './defects.ts';
import { FACTORY_MEMORY, type Memory } from './memory.ts';
import type { PowerCycle } from './power-cycle.ts';

const FILE = 'memory.json';

/**
 * The flash memory as one power cycle sees it: an image in RAM, read at the start, and one way to change it. A commit
 * is all or nothing (a new file renamed over the old one) and synchronous, so a power cut falls before or after it.
 */
export interface Flash {
  readonly memory: Memory;
  /** Writes; throws PowerLost when the power is gone. */
  commit(change: Partial<Omit<Memory, 'version'>>): void;
}

/** Reads the memory in `folder`; a missing file is a terminal fresh from its box. Throws TERMINAL_STATE if damaged. */
export function readMemory(folder: string): Memory {
  mkdirSync(folder, { recursive: true });
  let text: string;
  try {
    text = readFileSync(join(folder, FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return FACTORY_MEMORY;
    throw error;
  }
  const damaged = (cause?: unknown) =>
    new RigError(
      'TERMINAL_STATE',
      'bench',
      `the flash memory of the virtual terminal in ${folder} is damaged`,
      {
        hint: 'Delete that folder; the terminal then starts as it came from the factory.',
        cause,
      },
    );
  try {
    const memory: Memory = JSON.parse(text);
    if (memory.version !== FACTORY_MEMORY.version) throw damaged();
    return { ...FACTORY_MEMORY, ...memory };
  } catch (error) {
    throw error instanceof SyntaxError ? damaged(error) : error;
  }
}

/** Mounts the flash for one power cycle. */
export function mountFlash(folder: string, cycle: PowerCycle, defects: Defects): Flash {
  let memory = readMemory(folder);
  const path = join(folder, FILE);
  return {
    get memory() {
      return memory;
    },
    commit: (change) => {
      cycle.assertPowered();
      memory = { ...memory, ...change };
      const kept = defects.has('reversal-forgotten-on-power-cut') ? { ...memory, reversal: null } : memory;
      writeFileSync(`${path}.new`, JSON.stringify(kept), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}
