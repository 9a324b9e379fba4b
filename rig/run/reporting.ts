import type { CertificationBasis, CertifyOutcome, ReportLanguage } from '../model/certification.ts';
import type { JournalEvent } from '../model/event.ts';

/** What a run needs of the reports: a live view while it runs, and renderers afterwards. The rig knows no report format. */
export interface RunReporting {
  /** Follows a run live; `stop` clears the live area before the summary. */
  live(options: LiveOptions): Promise<LiveView>;
  /** Renders everything from a run's folder; what cannot be made is told in a note, never an error. */
  render(folder: string, options: RenderOptions): Promise<RenderResult>;
  /** The closing table of a run, as text for a console of that width. */
  summary(
    folder: string,
    options: { readonly lang: Language; readonly color: boolean; readonly width: number },
  ): Promise<string>;
  /** The certification report of a campaign; without formats it only says what is missing. */
  certify(
    basis: CertificationBasis,
    options: { readonly lang: ReportLanguage; readonly out: string; readonly formats: readonly string[] },
  ): Promise<CertifyOutcome>;
}

export type Language = 'en' | 'zh';

export interface LiveOptions {
  readonly lang: Language;
  readonly color: boolean;
  /** True when the output is a terminal that can be redrawn. */
  readonly interactive: boolean;
  /** Draws the dialogue of every scenario when it has ended. */
  readonly verbose: boolean;
  readonly out: NodeJS.WriteStream;
}

export interface LiveView {
  readonly listener: (event: JournalEvent) => void;
  /** Says which report is being made, until the next call or `stop`. */
  rendering(text: string): void;
  stop(): void;
}

export interface RenderOptions {
  readonly lang: Language;
  /** Formats wanted; all when absent. */
  readonly formats?: readonly string[];
  readonly onProgress?: (line: string) => void;
}

export interface RenderResult {
  /** What was written, relative to the run's folder. */
  readonly written: readonly { readonly path: string; readonly title: string }[];
  /** What could not be made and what to do about it. */
  readonly notes: readonly string[];
}
