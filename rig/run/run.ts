import { arch, cpus, release, type } from 'node:os';
import type { Bench } from '../bench/bench.ts';
import type { FileOf } from '../bench/load.ts';
import type { DriverEntry } from '../bench/manifest.ts';
import { benchRef } from '../bench/names.ts';
import { type OpenBench, openBench } from '../bench/open.ts';
import type { Profile } from '../bench/profile.ts';
import { healthFailure, testFixtures } from '../bench/self-test.ts';
import { openJournal } from '../journal/index.ts';
import { decide, mayRetry } from '../model/attempts.ts';
import type { TestCard } from '../model/card.ts';
import { type RigError, toRigError } from '../model/errors.ts';
import { type JournalEvent, PLANES, type PlanStamp, type Titles } from '../model/event.ts';
import { type Clock, makeClock } from '../model/time.ts';
import { EXIT, exitCodeOf, type Finding, VERDICTS, type Verdict, worst } from '../model/verdict.ts';
import type { PackedRule } from '../receipts/pack.ts';
import type { IcsAnswer } from '../scenario/applicability.ts';
import { eyesOf } from '../scenario/eyes.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { skipReason } from '../scenario/select.ts';
import { cableUnable } from './cable-faults.ts';
import { costSince } from './cost.ts';
import type { Left } from './ground.ts';
import { selfTest } from './ground.ts';
import { inputsOf, sourcesOf } from './inputs.ts';
import { type CaseResult, runWithMocha } from './mocha-bridge.ts';
import { observedPlanes, runScenario } from './scenario.ts';
import { type Stage, walletOf } from './stage.ts';

export interface RunRequest {
  readonly bench: FileOf<Bench>;
  readonly profile: FileOf<Profile>;
  readonly cards: readonly TestCard[];
  readonly scenarios: readonly Scenario[];
  /** Receipt rules of the profile's packs. */
  readonly rules: readonly PackedRule[];
  readonly drivers: readonly DriverEntry[];
  readonly hand: 'keypad' | 'till';
  readonly seed: number;
  readonly bail: boolean;
  /** What the profile answers of the questionnaire. */
  readonly answers?: readonly IcsAnswer[];
  /** Scenarios that do not apply by the plan and the terminal's answers, with the reason of each. */
  readonly excluded?: ReadonlyMap<string, Titles>;
  /** Test every fixture by itself before the first scenario; one that fails takes the bench out for this run. */
  readonly health?: boolean;
  /** Attempts more at a scenario that was broken or inconclusive; 0 without. */
  readonly retry: number;
  /** Version of the firmware under test, if somebody named it. */
  readonly firmware?: string;
  /** The plan that named the scenarios, if one did. */
  readonly plan?: PlanStamp;
  /** Where the run is written; must not hold a run yet. */
  readonly folder: string;
  readonly version: string;
  readonly argv: readonly string[];
  /** Resolves a path of the bench file. */
  resolve(path: string): string;
  /** Aborted when the user wants the run to end: the scenario in hand is torn down, the rest does not start. */
  readonly cancel: AbortSignal;
  readonly listener?: (event: JournalEvent) => void;
}

export interface DecidedCase {
  readonly id: string;
  readonly verdict: Verdict;
  readonly blame?: string;
}

export interface RunOutcome {
  /** How the fixtures did before the first scenario; absent when they were not tested, or the run was cancelled first. */
  readonly health?: { readonly passed: boolean; readonly why: string };
  readonly counts: Readonly<Record<Verdict, number>>;
  /** What was decided of each scenario, in the order in which they ran; reasons stand in the journal, masked. */
  readonly scenarios: readonly DecidedCase[];
  readonly exitCode: number;
  readonly cancelled: boolean;
}

/** Runs scenarios one after the other on one bench and writes the journal; the bench is always closed. */
export async function runScenarios(request: RunRequest): Promise<RunOutcome> {
  const clock = makeClock(request.bench.value.clock.rate);
  const journal = openJournal(request.folder, { clock, cards: request.cards });
  if (request.listener) journal.subscribe(request.listener);
  const run = new Run(request, clock, journal);
  try {
    return await run.all();
  } finally {
    await journal.close();
  }
}

class Run {
  readonly #request: RunRequest;
  readonly #clock: Clock;
  readonly #journal: ReturnType<typeof openJournal>;
  readonly #startedAt = Date.now();
  readonly #counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  readonly #cases: DecidedCase[] = [];
  /** Aborted when a part of the bench dies by itself. */
  readonly #bench = new AbortController();
  #stage: Stage | undefined;
  /** Why the bench cannot be used any more; the scenario that met it is broken, later ones are skipped with it. */
  #out: RigError | undefined;
  #told = false;
  /** The scenario after which the terminal could not be brought back to idle; later ones are skipped with it. */
  #stuck: { readonly after: string; readonly error: RigError } | undefined;
  #health: RunOutcome['health'];
  #left: Left = { openBatch: false, otherAcquirer: true };

  constructor(request: RunRequest, clock: Clock, journal: ReturnType<typeof openJournal>) {
    this.#request = request;
    this.#clock = clock;
    this.#journal = journal;
  }

  async all(): Promise<RunOutcome> {
    const request = this.#request;
    this.#recordStart(await this.#fieldNames());
    const open = await this.#openBench();
    try {
      await runWithMocha(
        request.scenarios.map((scenario, index) => ({
          theme: scenario.theme,
          id: scenario.id,
          title: scenario.title.en,
          run: () => this.#decided(scenario, index + 1),
        })),
        { bail: request.bail },
      );
    } finally {
      for (const error of (await open?.close()) ?? []) {
        this.#journal.record({
          type: 'note',
          level: 'warning',
          text: `while closing the bench: ${error.message}`,
        });
      }
    }
    const cancelled = request.cancel.aborted;
    const ran = VERDICTS.flatMap((verdict) => (this.#counts[verdict] > 0 ? [verdict] : []));
    const exitCode = cancelled
      ? Math.max(exitCodeOf(ran) === EXIT.nothingRan ? 0 : exitCodeOf(ran), EXIT.broken)
      : exitCodeOf(ran);
    this.#journal.record({
      type: 'run.end',
      counts: this.#counts,
      exitCode,
      wallMs: Date.now() - this.#startedAt,
    });
    return {
      counts: this.#counts,
      scenarios: this.#cases,
      exitCode,
      cancelled,
      ...(this.#health ? { health: this.#health } : {}),
    };
  }

  /** What the host plane's driver calls the fields of messages; nothing where it cannot be known yet: opening says why. */
  async #fieldNames(): Promise<Readonly<Record<string, string>> | undefined> {
    const { bench, drivers, resolve } = this.#request;
    const use = bench.value.planes.host;
    const entry = drivers.find(({ name, plane }) => plane === 'host' && name === use?.driver);
    if (!use || !entry) return undefined;
    try {
      return (await entry.load()).fieldNames?.(use, resolve);
    } catch {
      return undefined;
    }
  }

  #recordStart(fieldNames: Readonly<Record<string, string>> | undefined): void {
    const { bench, profile, answers, seed, hand, version, argv, scenarios, plan, retry, firmware } =
      this.#request;
    const { value: profileValue } = profile;
    this.#journal.record({
      type: 'run.start',
      posrig: version,
      ...sourcesOf(),
      seed,
      rate: this.#clock.rate,
      by: hand,
      bench: { id: bench.value.id, title: bench.value.title, sha256: bench.sha256 },
      profile: {
        id: profileValue.id,
        title: profileValue.title.en,
        maker: profileValue.maker,
        model: profileValue.model,
        sha256: profile.sha256,
      },
      ...(answers === undefined ? {} : { answers }),
      underTest: bench.value['under-test'],
      ...(firmware === undefined ? {} : { firmware }),
      ...(bench.value.serial === undefined ? {} : { serial: bench.value.serial }),
      ...(fieldNames === undefined ? {} : { fieldNames }),
      files: inputsOf(bench),
      planes: PLANES.flatMap((plane) => {
        const use = bench.value.planes[plane];
        return use ? [{ plane, driver: use.driver }] : [];
      }),
      machine: {
        node: process.version,
        system: `${type()} ${release()} ${arch()}`,
        processors: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
      },
      argv,
      scenarios: scenarios.length,
      ...(plan ? { plan } : {}),
      retry,
    });
  }

  /** Opens the bench and proves that finger and keypad belong together; failing that, the bench is out. */
  async #openBench(): Promise<OpenBench | undefined> {
    const { bench, profile, cards, drivers, seed, cancel } = this.#request;
    let open: OpenBench | undefined;
    try {
      open = await openBench(bench.value, drivers, {
        clock: this.#clock,
        recorder: this.#journal,
        profile: profile.value,
        cards,
        seed,
        bench: benchRef(bench),
        resolve: (path) => this.#request.resolve(path),
        signal: cancel,
        lost: (error) => {
          this.#out ??= toRigError(error);
          this.#bench.abort(this.#out);
        },
      });
      this.#stage = {
        bench: bench.value,
        open,
        profile: profile.value,
        cards,
        clock: this.#clock,
        recorder: this.#journal,
        by: this.#request.hand,
        rules: this.#request.rules,
      };
      if (this.#request.health) await this.#testFixtures(open);
      if (open.planes.keypad && open.planes.display && !cancel.aborted) {
        await selfTest(this.#stage, AbortSignal.any([cancel, this.#bench.signal]));
      }
    } catch (thrown) {
      this.#out ??= toRigError(thrown);
    }
    if (this.#request.health && !cancel.aborted)
      this.#health = { passed: this.#out === undefined, why: this.#out?.message ?? '' };
    return open;
  }

  async #testFixtures(open: OpenBench): Promise<void> {
    const results = await testFixtures(open);
    const failure = healthFailure(results);
    if (failure) throw failure;
    const text = results.map(({ plane, driver, found }) => `${plane} (${driver}) ${found}`).join('; ');
    this.#journal.record({ type: 'note', level: 'info', text: `self-tests: ${text}` });
  }

  /** A scenario with the attempts that the plan allows; every one stands in the journal, and they are decided together. */
  async #decided(scenario: Scenario, index: number): Promise<CaseResult> {
    const { cancel, retry } = this.#request;
    if (cancel.aborted) return { verdict: 'skipped', reason: 'the run was cancelled' };
    const attempts: CaseResult[] = [];
    do {
      attempts.push(await this.#one(scenario, index));
    } while (this.#maySucceed(attempts) && attempts.length <= retry);
    const result = decide(attempts)?.decisive ?? { verdict: 'broken' };
    this.#counts[result.verdict]++;
    const { verdict, blame } = result;
    this.#cases.push({ id: scenario.id, verdict, ...(blame === undefined ? {} : { blame }) });
    return result;
  }

  /** A bench that is out stays out, and a user who cancelled wants no more. */
  #maySucceed(attempts: readonly CaseResult[]): boolean {
    const last = attempts.at(-1);
    return (
      last !== undefined &&
      mayRetry(last.verdict) &&
      !this.#out &&
      !this.#stuck &&
      !this.#request.cancel.aborted
    );
  }

  async #one(scenario: Scenario, index: number): Promise<CaseResult> {
    const { scenarios } = this.#request;
    const startedWall = Date.now();
    const cost = costSince();
    const startedAt = this.#clock.now();
    this.#journal.setScenario(scenario.id);
    this.#journal.record({
      type: 'scenario.start',
      id: scenario.id,
      title: scenario.title,
      theme: scenario.theme,
      file: scenario.file,
      sha256: scenario.sha256,
      proves: scenario.proves,
      parameters: scenario.parameters,
      given: givenOf(scenario),
      index,
      of: scenarios.length,
    });
    const { verdict, findings, books } = await this.#judge(scenario);
    const reason = worst(findings);
    this.#journal.record({
      type: 'scenario.end',
      id: scenario.id,
      verdict,
      ...(reason?.blame ? { blame: reason.blame } : {}),
      ...(reason ? { reason: reason.reason } : {}),
      ...(reason?.hint ? { hint: reason.hint } : {}),
      findings,
      observed: this.#stage ? observedPlanes(this.#stage) : [],
      books,
      wallMs: Date.now() - startedWall,
      nominalMs: this.#clock.now() - startedAt,
      ...cost(),
    });
    this.#journal.setScenario(undefined);
    return {
      verdict,
      ...(reason?.blame ? { blame: reason.blame } : {}),
      ...(reason ? { reason: reason.reason } : {}),
    };
  }

  async #judge(
    scenario: Scenario,
  ): Promise<{ verdict: Verdict; findings: readonly Finding[]; books: readonly string[] }> {
    const excluded = this.#request.excluded?.get(scenario.id);
    if (excluded !== undefined) return notApplicable(excluded.en, excluded.zh);
    if (this.#out) return this.#benchOut(this.#out);
    const stage = this.#stage;
    if (!stage) throw toRigError(new Error('the bench is neither open nor out'));
    const skip = skipReason(scenario, {
      profile: stage.profile,
      planes: observedPlanes(stage),
      hand: this.#request.hand,
      simulatedHost: stage.open.planes.host?.simulated ?? false,
      unable: (fault) => stage.open.planes.network?.unable?.(fault),
      showsCodes: stage.open.planes.card?.show !== undefined,
      paysCodes: walletOf(stage.open.planes) !== undefined,
      paysAnyCode: walletOf(stage.open.planes)?.readsItself !== true,
      cableUnable: (fault) => cableUnable(stage.open.planes.till, fault),
      tillOrders: stage.open.planes.till?.orders,
      tillWays: stage.open.planes.till?.ways,
      eyes: eyesOf(stage.open.planes.display),
    });
    if (skip !== undefined) return notApplicable(skip);
    if (this.#stuck) {
      const { after, error } = this.#stuck;
      return notRun(error, `not run: since ${after} ${error.message}`);
    }
    const signal = AbortSignal.any([this.#request.cancel, this.#bench.signal]);
    const result = await runScenario(stage, scenario, this.#left, signal);
    // Until the ground was good once, nobody knows whom the terminal takes for its acquirer.
    this.#left = { openBatch: !result.clean, otherAcquirer: this.#left.otherAcquirer && !result.grounded };
    if (this.#out) this.#told = true;
    if (result.stuck) this.#stuck ??= { after: scenario.id, error: result.stuck };
    return result;
  }

  /** The first scenario that meets a bench that is out is broken by it; the later ones are skipped with that cause. */
  #benchOut(error: RigError): { verdict: Verdict; findings: readonly Finding[]; books: readonly string[] } {
    const verdict = this.#told ? 'skipped' : error.blame === 'file' ? 'invalid' : 'broken';
    this.#told = true;
    const finding: Finding = {
      verdict,
      ...(verdict === 'skipped' ? {} : { blame: error.blame }),
      code: error.code,
      reason: verdict === 'skipped' ? `not run, the bench is out: ${error.message}` : error.message,
      ...(error.hint ? { hint: error.hint } : {}),
    };
    return { verdict, findings: [finding], books: [] };
  }
}

const notRun = ({ code }: RigError, reason: string) => ({
  verdict: 'skipped' as const,
  findings: [{ verdict: 'skipped' as const, code, reason }],
  books: [],
});

const notApplicable = (reason: string, zh?: string) => ({
  verdict: 'skipped' as const,
  findings: [
    { verdict: 'skipped' as const, code: 'not-applicable', reason, ...(zh === undefined ? {} : { zh }) },
  ],
  books: [],
});

function givenOf(scenario: Scenario): Record<string, string> {
  const { region, access, card, entry } = scenario.given;
  return Object.fromEntries(
    Object.entries({ region, access, card, entry }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );
}
