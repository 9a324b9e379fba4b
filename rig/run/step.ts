import type { ArmedFault } from '../bench/planes.ts';
import { isRigError, RigError } from '../model/errors.ts';
import { parseDuration } from '../model/time.ts';
import { actionEntry, type StepOutcome } from '../scenario/registry.ts';
import { isOperation, type Scenario, type Step } from '../scenario/scenario.ts';
import { amountOf, cardOf, entryOf } from './entry.ts';
import { followToIdle, powerUp } from './idle.ts';
import { prepareInterrupt } from './interrupt.ts';
import { lateIn, latePaperIn } from './late.ts';
import { watchNoise } from './noise.ts';
import { handOn, operate } from './operate.ts';
import { paperUnwatched } from './paper-seen.ts';
import { ScreenWatch } from './screen-watch.ts';
import { holdsOf, markOf, need, netOf, type Seen, type Stage, seenSince, tillSettled } from './stage.ts';
import type { StepRecord, Traffic } from './step-record.ts';

/** How an action ended. */
export interface Done {
  readonly outcome?: StepOutcome;
  readonly code?: string | undefined;
  /** Nominal time at which the outcome showed. */
  readonly endedAt: number;
}

/** A step as it went; `broke`: what ended it before its time. */
export interface StepRun {
  readonly record: StepRecord;
  readonly broke?: unknown;
}

/**
 * Runs one step: arms its fault, does its action (with its interrupt), and gathers what was seen on every plane, also of a
 * step that broke: what it asked for may have moved money.
 */
export async function runStep(
  stage: Stage,
  scenario: Scenario,
  step: Step,
  before: readonly StepRecord[],
  arm: (step: Step, watch: ScreenWatch) => Promise<readonly ArmedFault[]>,
  signal: AbortSignal,
): Promise<StepRun> {
  const { clock, open } = stage;
  const interrupted = new AbortController();
  const watch = new ScreenWatch(
    need(stage, 'display'),
    stage.profile,
    clock,
    AbortSignal.any([signal, interrupted.signal]),
  );
  const noise = watchNoise(clock);
  const mark = markOf(stage);
  const ledger = () => open.planes.host?.ledger() ?? [];
  const netBefore = netOf(ledger());
  const heldBefore = holdsOf(ledger());
  const trafficBefore = open.planes.network?.traffic();
  const screensFrom = watch.mark;
  try {
    const faults = await arm(step, watch);
    const startedAt = clock.now();
    const unwatched = paperUnwatched(stage, step.action);
    let done: Done = { endedAt: startedAt };
    const finish = async () => {
      done = await act(stage, scenario, step, before, watch, interrupted, signal);
      // Receipts that come over the till link come within what the till has ordered.
      if (unwatched === undefined && open.planes.printer?.captures === 'ordered')
        await tillSettled(stage, signal);
      if (unwatched === undefined) await settleDown(stage, step, mark, signal);
      // The till knows later than the screen does; told in the next step, it would be taken for an answer to that one.
      await tillSettled(stage, signal);
      refuseForeignCards(seenSince(stage, mark));
    };
    const broke = await finish().then(
      () => undefined,
      (thrown: unknown) => ({ broke: thrown }),
    );
    const seen = seenSince(stage, mark);
    const kind = actionEntry(step.action.do).message;
    const asked = amountOf(stage, step.action, before);
    const record: StepRecord = {
      step,
      kind,
      asked,
      late: lateIn({ kind, seen }, before),
      latePaper: latePaperIn(seen.slips, before, parseDuration(stage.profile.timers.print) ?? 0),
      card: cardOf(stage, scenario, step.action, before),
      outcome: done.outcome,
      code: done.code,
      unwatched,
      screens: watch.since(screensFrom),
      seen,
      moved: netOf(ledger()) - netBefore,
      held: holdsOf(ledger()) - heldBefore,
      traffic: trafficSince(open.planes.network?.traffic(), trafficBefore),
      faults,
      from: startedAt,
      to: clock.now(),
      took: done.endedAt - startedAt,
      // Without a fault, only a machine that was too slow for its dialogue leaves the terminal without an answer.
      uncertainty: done.outcome === 'no-answer' && faults.length === 0 ? noise.total() : noise.longest(),
      drawnOut: noise.total(),
    };
    return { record, ...broke };
  } finally {
    noise.stop();
    watch.close();
  }
}

function trafficSince(now: Traffic | undefined, before: Traffic | undefined): Traffic | undefined {
  if (!now || !before) return undefined;
  return {
    connections: now.connections - before.connections,
    request: now.request - before.request,
    response: now.response - before.response,
  };
}

/** A card outside the card file has no business in a lab: nothing is judged by what it brought about. */
function refuseForeignCards({ exchanges }: Seen): void {
  if (!exchanges.some(({ checks }) => checks['card'] === 'foreign')) return;
  throw new RigError(
    'CARD_UNKNOWN',
    'bench',
    'the terminal sent the number of a card that is not in the card file',
    {
      hint: 'Take that card away; only synthetic test cards may be used. The records of this run hold its number: delete them.',
    },
  );
}

async function act(
  stage: Stage,
  scenario: Scenario,
  step: Step,
  before: readonly StepRecord[],
  watch: ScreenWatch,
  interrupted: AbortController,
  signal: AbortSignal,
): Promise<Done> {
  const { action } = step;
  const { clock } = stage;
  switch (action.do) {
    case 'move':
      await need(stage, 'network').setPath({
        ...(action.region === undefined ? {} : { region: action.region }),
        ...(action.access === undefined ? {} : { access: action.access }),
        ...(action.live === undefined ? {} : { live: action.live }),
      });
      return { endedAt: clock.now() };
    case 'wait':
      if (action.for === 'next-day') need(stage, 'host').nextDay();
      else await clock.sleep(action.for, signal);
      return { endedAt: clock.now() };
    case 'power-cut':
      await powerCut(stage, watch, action.offMs, signal);
      return { endedAt: clock.now() };
    default:
      return enter(stage, scenario, step, before, watch, interrupted, signal);
  }
}

/** Enters an operation by hand and follows it, through its interrupt if it has one, back to idle. */
async function enter(
  stage: Stage,
  scenario: Scenario,
  step: Step,
  before: readonly StepRecord[],
  watch: ScreenWatch,
  interrupted: AbortController,
  signal: AbortSignal,
): Promise<Done> {
  const { action } = step;
  if (!isOperation(action)) {
    throw new RigError('RIG_DEFECT', 'rig', `${action.do} is not an operation`);
  }
  const { interrupt } = step;
  const entry = {
    ...entryOf(stage, scenario, action, before),
    ...(interrupt?.do === 'cancel' && { cancelAt: interrupt.at }),
  };
  const strike = await prepareInterrupt(stage, step, watch, interrupted, signal);
  try {
    if (strike) {
      const { outcome } = await handOn(stage, watch).perform(action.do, entry);
      // What the screen names may come behind the outcome: printing, say.
      if (!strike.struck())
        await followToIdle({ planes: stage.open.planes, profile: stage.profile, watch, clock: stage.clock });
      return await strike.done(`the operation ended with ${outcome}`);
    }
    const { result } = await operate(stage, watch, action.do, entry);
    return {
      outcome: result.outcome,
      code: result.code,
      endedAt: result.screens.at(-1)?.at ?? stage.clock.now(),
    };
  } catch (thrown) {
    if (strike && interrupted.signal.aborted) return await strike.done('');
    throw thrown;
  } finally {
    await strike?.dispose();
  }
}

/** A supply that was cut and read back as cut, and a screen that stays lit: that is no failure of the terminal. */
const stayedOn = (cause: unknown) =>
  new RigError('POWER_RELAY', 'bench', 'the terminal stayed on when its power was cut', {
    hint: 'Has it a battery? Take it out, or switch what it cannot do without; see `link` in drivers/power/README.md.',
    cause,
  });

async function powerCut(stage: Stage, watch: ScreenWatch, offMs: number, signal: AbortSignal): Promise<void> {
  const { clock, open, profile } = stage;
  const power = need(stage, 'power');
  const mark = watch.mark;
  await power.set('off');
  const dark = watch.expect(
    mark,
    (screen) => !screen.lit,
    parseDuration(profile.timers.reaction) ?? 0,
    'the screen to go dark when the power was cut',
  );
  await dark.catch((error: unknown) => {
    if (!isRigError(error) || error.code !== 'TERMINAL_SCREEN') throw error;
    throw stayedOn(error);
  });
  await clock.sleep(offMs, signal);
  await powerUp({ planes: open.planes, profile, watch, clock });
}

const COPIES = ['merchant', 'customer', 'settlement'] as const;

/** Waits until the paper of this step is out: as many copies as the step expects, or nothing being printed any more. */
async function settleDown(
  stage: Stage,
  step: Step,
  mark: { readonly slips: number },
  signal: AbortSignal,
): Promise<void> {
  const { printer } = stage.open.planes;
  if (!printer) return;
  const expected = step.expect.receipt;
  const wanted = COPIES.filter(
    (copy) =>
      expected !== undefined &&
      expected !== 'none' &&
      (expected[copy] !== undefined || expected.copies?.includes(copy)),
  );
  await printer.settled?.();
  // By kind, not by number: one that a power cut tore comes twice.
  const there = (copy: string) => printer.slips().some((slip, i) => i >= mark.slips && slip.copy === copy);
  const complete = () => !printer.printing() && wanted.every(there);
  if (complete()) return;
  const patience = parseDuration(stage.profile.timers.print) ?? 0;
  await new Promise<void>((resolve, reject) => {
    const finish = (end: () => void) => {
      unsubscribe();
      cancel();
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onAbort = () => finish(() => reject(signal.reason));
    const unsubscribe = printer.onSlip(() => complete() && finish(resolve));
    const cancel = stage.clock.after(patience, () => finish(resolve));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  await printer.settled?.();
}
