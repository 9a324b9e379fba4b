import type { Manifest } from '../../rig/bench/manifest.ts';
import { declareTerminal } from './terminal-declare.ts';

/** What terminals by themselves add to posrig: the verb `terminal`. */
export const terminal: Manifest = { declare: declareTerminal };
