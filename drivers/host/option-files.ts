import type { FileTrouble } from '../../rig/bench/manifest.ts';
import { toRigError } from '../../rig/model/errors.ts';
import { RegionFile } from '../../rig/model/region.ts';
import { TlsAcceptor, TlsConnector } from '../transport/tls.ts';
import { loadDialect } from './dialect.ts';
import { loadTerminalKeys } from './keys.ts';
import { ExportMapping } from './observer/export-file.ts';
import type { ObserverOptions } from './observer/options.ts';
import { readFileAs } from './read-file.ts';
import { loadResponseCodes } from './response-codes.ts';
import { loadDownloads } from './simulator/downloads.ts';
import type { SimulatorOptions } from './simulator/driver.ts';
import { loadKeys } from './simulator/keys.ts';

/** Reads one file that an option names. */
interface Reading {
  readonly option: readonly string[];
  read(): unknown;
}

/** Anything with a slash or ending in `.yaml`; else the name of a shipped file. */
export const isPath = (name: string): boolean => /[/\\]|\.yaml$/.test(name);

type Resolve = (path: string) => string;

/** What is wrong with the files that a simulator's options name; every file is read, no port opened. */
export function simulatorFiles(options: SimulatorOptions, resolve: Resolve): readonly FileTrouble[] {
  const { dialect, keys, regions, downloads, 'response-codes': codes } = options;
  const named = (name: string) => (isPath(name) ? resolve(name) : name);
  return troubles([
    { option: ['dialect'], read: () => loadDialect(named(dialect)) },
    { option: ['keys'], read: () => loadKeys(resolve(keys)) },
    { option: ['regions'], read: () => regions !== undefined && readFileAs(resolve(regions), RegionFile) },
    { option: ['response-codes'], read: () => codes !== undefined && loadResponseCodes(named(codes)) },
    { option: ['downloads'], read: () => loadDownloads(resolve(downloads)) },
  ]);
}

/** What is wrong with the files that an observer's options name. The acquirer's export itself may come later. */
export function observerFiles(options: ObserverOptions, resolve: Resolve): readonly FileTrouble[] {
  const { dialect, keys, regions, export: exported, tls } = options;
  return troubles([
    { option: ['dialect'], read: () => loadDialect(isPath(dialect) ? resolve(dialect) : dialect) },
    { option: ['keys'], read: () => keys !== undefined && loadTerminalKeys(resolve(keys)) },
    { option: ['regions'], read: () => regions !== undefined && readFileAs(resolve(regions), RegionFile) },
    {
      option: ['export', 'mapping'],
      read: () => exported && readFileAs(resolve(exported.mapping), ExportMapping),
    },
    { option: ['tls', 'listen'], read: () => tls.listen && new TlsAcceptor(tls.listen, resolve) },
    { option: ['tls', 'to'], read: () => tls.to && new TlsConnector(tls.to, resolve) },
  ]);
}

function troubles(readings: readonly Reading[]): readonly FileTrouble[] {
  return readings.flatMap(({ option, read }) => {
    try {
      read();
      return [];
    } catch (thrown) {
      return [{ option, error: toRigError(thrown) }];
    }
  });
}
