import { HostPolicy } from '../bench/policy.ts';
import { findingOf, type RigError, toRigError } from '../model/errors.ts';
import { PLANES } from '../model/event.ts';
import { formatDuration } from '../model/time.ts';
import { type Finding, type Verdict, verdictOn, worst } from '../model/verdict.ts';
import { loadRules, type PackedRule } from '../receipts/pack.ts';
import type { StepOutcome } from '../scenario/registry.ts';
import type { Scenario, Step } from '../scenario/scenario.ts';
import { benchLacked, orOfBench, STUCK } from './bench-lacks.ts';
import { CableFaults } from './cable-faults.ts';
import { cardNotRead } from './card-read.ts';
import { closingStep, compareBooks } from './closing.ts';
import { describeStep } from './entry.ts';
import { type Observation, observe } from './expect/index.ts';
import { ScenarioFaults } from './faults.ts';
import { type Left, leaveIdle, makeBenchWhole, prepareGround, returnToIdle } from './ground.ts';
import { misreadOn, trustReader } from './misread.ts';
import { type Noise, stallThatCounts, unlessStalled, watchNoise } from './noise.ts';
import { type Mark, markOf, type Stage, tillSettled } from './stage.ts';
import { runStep } from './step.ts';
import type { StepRecord } from './step-record.ts';

export interface ScenarioResult {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** The books could be closed and the terminal is idle: the next scenario starts from clean ground. */
  readonly clean: boolean;
  /** The terminal stood ready for it: signed on to the acquirer of this run. */
  readonly grounded: boolean;
  readonly books: readonly string[];
  /** Why nothing can follow: the terminal could not be brought back to idle, whatever the bench did. */
  readonly stuck?: RigError;
}

/**
 * Runs one scenario on an open bench: ground, steps, closing of the books, teardown. Never throws: whatever happens
 * becomes a finding with blame.
 */
export async function runScenario(
  stage: Stage,
  scenario: Scenario,
  left: Left,
  signal: AbortSignal,
): Promise<ScenarioResult> {
  // A scenario that is about the keys or about the till is done by them, whatever the run has chosen.
  const by = scenario.needs.hand ?? stage.by;
  const course = new Course({ ...stage, by }, scenario, signal);
  const grounded = await course.guard('broken', () => prepareGround(stage, left, signal));
  if (grounded) {
    course.start();
    await course.guard(undefined, () => course.steps());
    await course.guard(undefined, () => course.close());
  }
  await course.guard('broken', () => course.tearDown());
  await course.leave();
  return course.result();
}

/** What a till waits for the terminal at least before it takes the link for lost (T4 of ZVT), nominal ms. */
const TILL_PATIENCE = 180_000;

/** Outcomes of an operation whose dialogue came to its end. */
const CONCLUDED: readonly (StepOutcome | undefined)[] = ['approved', 'declined', 'done'];

/** What is seen on the screen alone. */
const ON_SCREEN: readonly string[] = ['expect.outcome', 'expect.code', 'expect.display'];

const UNDERMINED = '(this may follow from what others did: nothing can be held against the terminal)';

/** The course of one scenario: what was done so far and what was found. */
class Course {
  readonly #stage: Stage;
  readonly #scenario: Scenario;
  readonly #signal: AbortSignal;
  readonly #faults: ScenarioFaults;
  readonly #cable: CableFaults;
  readonly #records: StepRecord[] = [];
  readonly #findings: Finding[] = [];
  readonly #rules: readonly PackedRule[];
  #mark: Mark;
  #checks = 0;
  #books: readonly string[] = [];
  #clean = false;
  /** A key that is missed from here on is the finger's doing or the terminal's: it passed its self-test, so nobody can say. */
  #proved = false;
  /** Somebody else than the terminal did not do what the scenario presumes. */
  #undermined = false;
  #stuck: RigError | undefined;
  #noise: Noise | undefined;

  constructor(stage: Stage, scenario: Scenario, signal: AbortSignal) {
    this.#stage = stage;
    this.#scenario = scenario;
    this.#signal = signal;
    this.#faults = new ScenarioFaults(stage);
    this.#cable = new CableFaults(stage);
    this.#mark = markOf(stage);
    this.#rules = rulesFor(stage, scenario);
    trustReader(stage.open.planes.display);
  }

  /** Runs a phase; what it throws becomes a finding (with `verdict` if given). True when it went well. */
  async guard(verdict: Verdict | undefined, phase: () => Promise<void>): Promise<boolean> {
    this.#listen();
    try {
      await phase();
      return true;
    } catch (thrown) {
      const error = this.#errorOf(thrown);
      const doubtful =
        error.code === 'CANCELLED' ||
        error.code === 'MACHINE_STALLED' ||
        (error.code === 'KEYPAD_MISSED' && this.#proved) ||
        (error.blame === 'terminal' && this.#undermined);
      this.#findings.push(
        findingOf(error, this.#stage.bench['under-test'], doubtful ? 'inconclusive' : verdict),
      );
      return false;
    } finally {
      this.#noise?.stop();
    }
  }

  /** An abort carries its own reason: a lost port, a cancelled run. */
  #errorOf(thrown: unknown): RigError {
    const error = orOfBench(toRigError(this.#signal.aborted ? this.#signal.reason : thrown), this.#stage);
    return unlessStalled(error, this.#noise, this.#stage);
  }

  /** What is found from here on is measured by the stalls from here on. */
  #listen(): void {
    this.#noise?.stop();
    this.#noise = watchNoise(this.#stage.clock);
  }

  /** The ground is good: the keypad has passed its self-test. */
  start(): void {
    this.#proved = true;
    this.#mark = markOf(this.#stage);
  }

  async steps(): Promise<void> {
    const { host, network } = this.#stage.open.planes;
    const { given } = this.#scenario;
    if (host?.simulated) host.configure(given.acquirer ?? HostPolicy.parse({}));
    const region = given.region ?? this.#stage.bench.home;
    await network?.setPath({ region, access: given.access ?? this.#stage.bench.access });
    for (const step of this.#scenario.steps)
      await this.#step(step, describeStep(step.action, this.#stage.bench.currency));
  }

  async #step(step: Step, title: string): Promise<void> {
    const { recorder, open, bench, profile } = this.#stage;
    recorder.record({ type: 'step.start', step: step.number, action: step.action.do, title });
    const record = await this.#run(step, (due, watch) => {
      this.#cable.arm(due, watch);
      return this.#faults.arm(due);
    });
    const undermining = [benchLacked(record), cardNotRead(record, profile)].filter(
      (one) => one !== undefined,
    );
    const observed = observe(this.#records, {
      planes: open.planes,
      currency: bench.currency,
      underTest: bench['under-test'],
      policy: this.#scenario.given.acquirer,
      profile,
      rules: this.#rules,
    });
    const seen = [...undermining, ...observed];
    this.#undermined ||= seen.some(({ undermines }) => undermines === true);
    for (const observation of seen) this.#note(step, this.#presuming(this.#tempered(record, observation)));
    recorder.record({
      type: 'step.end',
      step: step.number,
      outcome: record.outcome ?? 'done',
      nominalMs: record.took,
    });
  }

  /** Runs a step and keeps what was seen of it, however it ended; the books are to know what it asked for. */
  async #run(step: Step, arm: Parameters<typeof runStep>[4]): Promise<StepRecord> {
    this.#listen();
    const run = await runStep(this.#stage, this.#scenario, step, this.#records, arm, this.#signal);
    this.#records.push(run.record);
    if ('broke' in run) throw run.broke;
    return run.record;
  }

  /**
   * A stall of the machine that comes near the terminal's own timers may have made the outcome: nobody is to blame, for this or
   * for what follows from it.
   */
  #tempered(record: StepRecord, observation: Observation): Observation {
    const misread = ON_SCREEN.includes(observation.path) && misreadOn(this.#stage.open.planes.display);
    if (misread && observation.verdict === 'failed')
      return {
        ...observation,
        verdict: 'inconclusive',
        blame: 'bench',
        observed: `${observation.observed} (but the screen is misread: ${misread})`,
      };
    const limit =
      observation.path === 'expect.till' ? TILL_PATIENCE / 4 : stallThatCounts(this.#stage.profile);
    // What stands on paper was put there by no stall.
    const isPaper = observation.rule !== undefined || observation.paper?.golden !== undefined;
    const isBad = observation.verdict === 'failed' || observation.verdict === 'broken';
    // Nor cut a stall short what came to its end: what the host saw of it, and what it missed, counts.
    const isDialogue = observation.path.startsWith('expect.host') && CONCLUDED.includes(record.outcome);
    // What the bench lacks it lacks, however busy the machine.
    const isBench = observation.blame === 'bench';
    if (!isBad || isPaper || isDialogue || isBench || record.uncertainty < limit) return observation;
    this.#undermined ||= observation.path === 'expect.outcome';
    return {
      ...observation,
      verdict: 'inconclusive',
      blame: 'rig',
      observed: `${observation.observed} (this machine stalled for ${formatDuration(record.uncertainty)} of nominal time; try a lower --speed)`,
    };
  }

  /** What follows from another party's doing is not the terminal's failure. */
  #presuming(observation: Observation): Observation {
    if (!this.#undermined || observation.verdict !== 'failed' || observation.blame !== 'terminal')
      return observation;
    return { ...observation, verdict: 'inconclusive', observed: `${observation.observed} ${UNDERMINED}` };
  }

  #note(step: Step, observation: Observation): void {
    const path = `steps[${step.number - 1}].${observation.path}`;
    this.#stage.recorder.record({ type: 'expectation', step: step.number, ...observation, path });
    if (observation.verdict === 'skipped') return;
    this.#checks++;
    if (observation.verdict === 'passed') return;
    this.#findings.push({
      verdict: observation.verdict,
      ...(observation.blame ? { blame: observation.blame } : {}),
      code: path,
      reason: reasonOf(step, observation),
    });
  }

  /** Does what an operator would do, then compares the books. Not worth doing on a bench that is broken. */
  async close(): Promise<void> {
    if (this.#findings.some((finding) => finding.verdict === 'broken' || finding.code === 'CANCELLED'))
      return;
    const { open, recorder, profile } = this.#stage;
    if (this.#scenario.close === 'operator') {
      this.#cable.healAll();
      await this.#faults.healAll();
      await makeBenchWhole(this.#stage);
      await returnToIdle(this.#stage, this.#signal);
      // An operator who is left without an answer tries once more.
      for (let tries = 2; tries > 0; tries--) {
        const closing = closingStep(this.#records);
        if (!closing || (await this.#settle(closing)) !== 'no-answer') break;
      }
    }
    const idle = await returnToIdle(this.#stage, this.#signal);
    await tillSettled(this.#stage, this.#signal);
    const closed = compareBooks(this.#stage, this.#scenario, this.#records, this.#mark, {
      reversalOwed: profile['pending-reversal'].includes(idle.id ?? ''),
      noticeOwed: profile.stored.includes(idle.id ?? ''),
    });
    this.#books = closed.kept;
    if (open.planes.host) {
      const from = this.#mark;
      recorder.record({
        type: 'ledger',
        entries: open.planes.host.ledger().slice(from.ledger),
        settlements: open.planes.host.settlements().slice(from.settlements),
      });
    }
    for (const { name, title, blame, ...result } of closed.results) {
      const doubted = this.#undermined && result.verdict === 'failed' && blame === 'terminal';
      const verdict = doubted ? 'inconclusive' : result.verdict;
      const reason = doubted ? `${result.reason} ${UNDERMINED}` : result.reason;
      recorder.record({ type: 'invariant', name, title, verdict, ...(blame ? { blame } : {}), reason });
      if (verdict === 'skipped') continue;
      this.#checks++;
      if (verdict !== 'passed')
        this.#findings.push({
          verdict,
          ...(blame ? { blame } : {}),
          code: name,
          reason: `${name}: ${reason}`,
        });
    }
    this.#clean = closingStep(this.#records) === undefined;
  }

  /** A settlement that closes the scenario; how it ended. */
  async #settle(closing: Step): Promise<StepOutcome | undefined> {
    const { recorder } = this.#stage;
    recorder.record({ type: 'step.start', step: closing.number, action: 'settle', title: 'closing: settle' });
    const record = await this.#run(closing, async () => []);
    recorder.record({
      type: 'step.end',
      step: closing.number,
      outcome: record.outcome ?? 'done',
      nominalMs: record.took,
    });
    return record.outcome;
  }

  /** Always runs: path whole, card out, finger off the keys, power on. */
  async tearDown(): Promise<void> {
    this.#cable.healAll();
    await this.#faults.healAll();
    this.#findings.push(...this.#forbiddenContent());
    const { keypad, card } = this.#stage.open.planes;
    await card?.remove();
    await keypad?.park();
  }

  /**
   * Brings the terminal back to idle and proves it. One that cannot be brought there has failed when this scenario was what
   * it went through; what the bench could not do is the bench's. Before any scenario nobody can say who did it: broken.
   */
  async leave(): Promise<void> {
    const out = ['broken', 'invalid'];
    const { display } = this.#stage.open.planes;
    const gone =
      this.#signal.aborted ||
      this.#findings.some(({ code, verdict }) => out.includes(verdict) && !STUCK.includes(code));
    if (gone || !display) return;
    this.#listen();
    try {
      await leaveIdle(this.#stage, this.#signal);
    } catch (thrown) {
      const error = this.#errorOf(thrown);
      const ours =
        error.code === 'MACHINE_STALLED'
          ? 'inconclusive'
          : error.blame === 'terminal' && !this.#proved
            ? 'broken'
            : undefined;
      this.#findings.push(findingOf(error, this.#stage.bench['under-test'], ours));
      if (STUCK.includes(error.code)) this.#stuck = error;
    } finally {
      this.#noise?.stop();
    }
  }

  /** Forbidden content is a finding in every scenario, whether it asks for that or not. */
  #forbiddenContent(): Finding[] {
    const slips = this.#stage.open.planes.printer?.slips().slice(this.#mark.slips) ?? [];
    const bad = slips.filter((slip) => slip.forbidden.length > 0);
    const first = bad[0];
    const doubtful = slips.find(({ suspected }) => suspected !== undefined && suspected.length > 0);
    if (!first && doubtful) {
      return [
        {
          verdict: 'inconclusive',
          blame: 'bench',
          code: 'forbidden-content-suspected',
          reason: `the ${doubtful.copy} copy may show ${doubtful.suspected?.join(', ')}, if digits were misread in its picture; look at it`,
        },
      ];
    }
    if (!first) return [];
    return [
      {
        verdict: verdictOn('terminal', this.#stage.bench['under-test']),
        blame: 'terminal',
        code: 'forbidden-content',
        reason: `forbidden content on paper: the ${first.copy} copy shows ${first.forbidden.join(', ')}${bad.length > 1 ? ` (and ${bad.length - 1} more)` : ''}`,
      },
    ];
  }

  result(): ScenarioResult {
    const doubtful = [...this.#faults.findings(), ...this.#cable.findings()];
    // Evidence against anybody counts only if what was done to the terminal was really done.
    const findings =
      doubtful.length === 0
        ? this.#findings
        : [
            ...doubtful,
            ...this.#findings.map((finding) =>
              finding.verdict === 'failed' ? { ...finding, verdict: 'inconclusive' as const } : finding,
            ),
          ];
    if (findings.length === 0 && this.#checks === 0) {
      findings.push({
        verdict: 'inconclusive',
        blame: 'rig',
        code: 'nothing-checked',
        reason: 'nothing could be observed',
      });
    }
    return {
      verdict: worst(findings)?.verdict ?? 'passed',
      findings,
      clean: this.#clean,
      grounded: this.#proved,
      books: this.#books,
      ...(this.#stuck ? { stuck: this.#stuck } : {}),
    };
  }
}

/** Rules of the profile, and those that the scenario adds; a pack that both name counts once. */
function rulesFor(stage: Stage, { receiptRules, file }: Scenario): readonly PackedRule[] {
  const known = new Set(stage.rules.map(({ id }) => id));
  const more = loadRules(receiptRules.map((name) => ({ name, from: file })));
  return [...stage.rules, ...more.filter(({ id }) => !known.has(id))];
}

/** One sentence; a broken receipt rule says which and what it asks. */
function reasonOf({ number, action }: Step, { expected, observed, rule, paper }: Observation): string {
  const subject = rule ? `the ${paper?.copy ?? ''} copy breaks ${rule.id} (${rule.title.en}): ` : '';
  return `step ${number} (${action.do}): ${subject.replace('  ', ' ')}expected ${expected}, observed ${observed}`;
}

export const observedPlanes = (stage: Stage): readonly (typeof PLANES)[number][] =>
  PLANES.filter((plane) => stage.open.planes[plane] !== undefined);
