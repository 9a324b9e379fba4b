import type { Manifest } from '../bench/manifest.ts';
import type { RunReporting } from '../run/reporting.ts';

/** What the command's entry file hands to the verbs of the rig: the drivers and the reports there are. */
export interface House {
  readonly drivers: Manifest;
  readonly reports: Manifest & RunReporting;
}
