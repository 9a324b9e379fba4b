import type { JournalEvent } from '../../rig/model/event.ts';
import { streamRun } from '../fold.ts';
import type { RunBrief, RunView, ScenarioBrief, ScenarioView } from '../model.ts';
import { clearTraces, TraceFolder } from '../trace/folder.ts';
import { ALL_IN_FULL, CertificateFolder, clearFolder, type FolderOptions, ONE_PAGE } from './folder.ts';
import { inShare, type OtherShare, type ShareTask, shareOut, sharesHere, WORTH_SHARING } from './share.ts';

/** Timelines that the report of a long run brings along; `posrig show` makes any other. */
const MOST_TRACES = 200;

/** Sheets and timelines, as the run is read. */
class Pages {
  readonly #folder: CertificateFolder;
  readonly #traces: TraceFolder;
  readonly #wants: (place: number) => boolean;

  constructor(options: FolderOptions, wants: (place: number) => boolean, traces: number) {
    this.#folder = new CertificateFolder(options);
    this.#traces = new TraceFolder(options.out, {
      most: traces,
      all: (options.planned ?? 0) <= ONE_PAGE,
    });
    this.#wants = wants;
  }

  event(event: JournalEvent): void {
    this.#traces.event(event);
  }

  traffic(line: Buffer): void {
    this.#traces.traffic(line);
  }

  scenario(scenario: ScenarioView, run: RunView): void {
    if (this.#wants(scenario.place)) this.#folder.add(scenario, run, this.#traces.scenario(scenario, run));
  }

  /** Writes the sheets that are left. */
  finishSheets(run: RunBrief): void {
    this.#folder.finishSheets(run, run.attempts);
  }

  /** Writes what is left; `run` has all scenarios. */
  finish(run: RunBrief): string {
    return this.#folder.finish(run);
  }
}

/**
 * The HTML report of a run that is being read. That of a long run is shared among threads, of which each reads the journal
 * and takes apart only the scenarios of its pages: rendering is most of the work, and no page needs another.
 */
export class HtmlReport {
  readonly #pages: Pages;
  readonly #others: readonly OtherShare[];
  /** Of which scenarios it needs to be told, by their place in the run. */
  readonly wants: (place: number) => boolean;
  /** See `RunVisitor.lean`. */
  readonly lean: boolean;

  /** `bytes`: size of the journal. */
  constructor(options: FolderOptions & { readonly bytes: number }) {
    const { lang, run: folder, out, planned = 0, bytes } = options;
    clearFolder(out);
    clearTraces(out);
    const of = planned > ONE_PAGE && bytes >= WORTH_SHARING ? sharesHere() : 1;
    this.lean = planned > ALL_IN_FULL;
    this.wants = inShare({ of, mine: 0 });
    this.#pages = new Pages(options, this.wants, Math.ceil(MOST_TRACES / of));
    this.#others = Array.from({ length: of - 1 }, (_, i) =>
      shareOut({ folder, out, lang, planned, share: { of, mine: i + 1 } }),
    );
  }

  event(event: JournalEvent): void {
    this.#pages.event(event);
  }

  traffic(line: Buffer): void {
    this.#pages.traffic(line);
  }

  scenario(scenario: ScenarioView, run: RunView): void {
    this.#pages.scenario(scenario, run);
  }

  /**
   * Writes what is left; `run` may lack the scenarios that were not wanted. Returns what was written, relative to the
   * folder. Throws what the other threads met.
   */
  async finish(run: RunBrief): Promise<string> {
    const scenarios = new Map<number, ScenarioBrief>();
    for (const { done } of this.#others) for (const brief of await done()) scenarios.set(brief.place, brief);
    for (const brief of run.scenarios) scenarios.set(brief.place, brief);
    const all = [...scenarios.values()].sort((a, b) => a.place - b.place);
    return this.#pages.finish({ ...run, scenarios: all });
  }

  /** Ends what other threads are at, when nothing will come of the report. */
  stop(): void {
    for (const other of this.#others) other.stop();
  }
}

/** Writes one share of a long report, without its tables. Throws what `streamRun` does; the chain is not checked. */
export async function writeShare({ folder, share, ...task }: ShareTask): Promise<readonly ScenarioBrief[]> {
  const wants = inShare(share);
  const pages = new Pages({ ...task, run: folder }, wants, Math.ceil(MOST_TRACES / share.of));
  const run = await streamRun(folder, {
    event: (event) => pages.event(event),
    traffic: (line) => pages.traffic(line),
    scenario: (scenario, view) => pages.scenario(scenario, view),
    wants,
    lean: (task.planned ?? 0) > ALL_IN_FULL,
    unchecked: true,
  });
  pages.finishSheets(run);
  return run.scenarios;
}
