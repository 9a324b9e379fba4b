import type { Manifest } from '../../rig/bench/manifest.ts';
import { declareDecode } from './decode-verb.ts';

/** What the till link adds to posrig: the verb `decode zvt`. */
export const till: Manifest = { declareDecode };
