import type { Campaign, CollectedRun } from './campaign.ts';
import type { PlanStamp, Titles } from './event.ts';

/** Everything that a certification report is made from: the campaign as the lab wrote it, and where its evidence lies. */
export interface CertificationBasis {
  readonly campaign: Campaign;
  /** Absolute path of the campaign file; photos are relative to it. */
  readonly file: string;
  readonly sha256: string;
  /** In the order in which they were added. */
  readonly runs: readonly { readonly folder: string; readonly collected: CollectedRun }[];
  /** Head over all runs, hexadecimal; undefined without runs. */
  readonly head: string | undefined;
  readonly plan: PlanStamp | undefined;
  /** The scenarios that the plan names. */
  readonly planned: readonly PlannedCase[];
  /** Every requirement there is, in the order of its file. */
  readonly claims: readonly { readonly id: string; readonly title: Titles }[];
  /** Wall time of the rendering, ISO 8601 UTC. */
  readonly now: string;
}

export interface PlannedCase {
  readonly id: string;
  readonly title: Titles;
  readonly proves: readonly string[];
}

/** A thing that ISO/IEC 17025:2017 asks a report for and that this one does not have. */
export interface MissingItem {
  /** Clause, e.g. `7.8.2.1 b`. */
  readonly clause: string;
  /** What of the campaign file (or of the results) is missing, e.g. `laboratory.address`. */
  readonly field: string;
  readonly asks: Titles;
}

export interface CertifyOutcome {
  readonly missing: readonly MissingItem[];
  /** Every clause that was looked at, in order. */
  readonly clauses: readonly { readonly clause: string; readonly asks: Titles; readonly met: boolean }[];
  readonly written: readonly { readonly path: string; readonly title: string }[];
  readonly notes: readonly string[];
}

export type ReportLanguage = 'en' | 'zh' | 'both';
