import { readPictures } from '../certificate/figures.ts';
import { streamRun } from '../fold.ts';
import {
  type ArtefactView,
  artefactPath,
  type RunBrief,
  type RunView,
  type ScenarioBrief,
  type ScenarioView,
} from '../model.ts';
import { type Shape, shapeOf } from './shape.ts';

/** A slip of a scenario: what it says, and the picture of its dots. */
export interface PrintedSlip {
  readonly step: number;
  readonly copy: string;
  readonly lines: readonly string[];
  /** File of its raster picture (PNG), which is as it was recorded; undefined where the capture has none. */
  readonly picture?: string;
}

/** What is compared of an attempt; small, so that two long runs can be held beside each other. */
export interface Compared {
  readonly brief: ScenarioBrief;
  readonly shape: Shape;
  readonly slips: readonly PrintedSlip[];
  /** Nominal ms that its steps took. */
  readonly taken: number;
}

/** A run as far as it is compared; of several attempts at a scenario the last one counts, as in the verdicts of a run. */
export interface ComparedRun {
  readonly run: RunBrief;
  readonly scenarios: ReadonlyMap<string, Compared>;
}

/** Reads a run for a comparison, one scenario at a time. Throws what `streamRun` does. */
export async function readCompared(folder: string): Promise<ComparedRun> {
  const scenarios = new Map<string, Compared>();
  const run = await streamRun(folder, {
    scenario: (scenario, view) => {
      scenarios.set(scenario.id, comparedOf(scenario, view));
    },
  });
  return { run, scenarios };
}

/** The same of a run that is in memory. */
export const comparedRun = (run: RunView): ComparedRun => ({
  run,
  scenarios: new Map(run.scenarios.map((scenario) => [scenario.id, comparedOf(scenario, run)])),
});

function comparedOf(scenario: ScenarioView, { folder }: Pick<RunView, 'folder'>): Compared {
  const { steps, receipts, ...brief } = scenario;
  const { place, id, attempt, start, startedWall, endedWall, firstEvent, lastEvent, finished, verdict } =
    brief;
  const { findings, observed, books, wallMs, nominalMs, invariants, reason } = brief;
  return {
    brief: {
      ...{ place, id, attempt, start, startedWall, endedWall, firstEvent, lastEvent, finished, verdict },
      ...{ findings, observed, books, wallMs, nominalMs, invariants },
      ...(reason === undefined ? {} : { reason }),
    },
    shape: shapeOf(scenario),
    slips: receipts.map(({ at, slip, artefacts }) => {
      const picture = pictureOf(folder, artefacts);
      return {
        step: at.step,
        copy: slip.copy,
        lines: slip.lines,
        ...(picture === undefined ? {} : { picture }),
      };
    }),
    taken: steps.reduce((sum, { nominalMs: ms }) => sum + (ms ?? 0), 0),
  };
}

/** The raster picture of a slip: the drawn one (SVG) is for people. */
function pictureOf(folder: string, artefacts: readonly ArtefactView[]): string | undefined {
  const rasters = artefacts.filter(({ ref }) => ref.mime === 'image/png');
  return [...readPictures(folder, rasters, (ref) => artefactPath(folder, ref) ?? '').values()].find(Boolean);
}
