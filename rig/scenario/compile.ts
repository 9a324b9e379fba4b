import { OPERATIONS, type OperationName } from '../bench/profile.ts';
import { PLANES, type PlaneName } from '../model/event.ts';
import { parseFault } from '../model/fault-text.ts';
import { MESSAGE_KINDS } from '../model/message.ts';
import { compileReceipt } from './compile-receipt.ts';
import { ACTIONS, type HostItem, type PinWay } from './registry.ts';
import type {
  Action,
  Expect,
  Given,
  HostExpect,
  Needs,
  OperationAction,
  Scenario,
  Step,
  TillExpect,
  TrafficExpect,
} from './scenario.ts';
import { isOperation } from './scenario.ts';
import type { ScenarioFile, StepFile } from './schema.ts';
import { defined, list, milliseconds } from './written.ts';

/** What belongs to a scenario but does not stand in its text. */
export interface Origin {
  readonly file: string;
  readonly sha256: string;
  readonly theme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A valid file (or one case of it) as a scenario that can run. */
export function compileScenario(written: ScenarioFile, origin: Origin): Scenario {
  const name = origin.parameters['name'];
  const steps = written.steps.map((step, i) => compileStep(step, i + 1, origin.file));
  return {
    id: name === undefined ? written.id : `${written.id}[${name}]`,
    title: written.title,
    ...origin,
    proves: written.proves,
    needs: needsOf(written, steps),
    given: defined<Given>({ ...written.given }),
    steps,
    receiptRules: written['receipt-rules'] ?? [],
    close: written.close ?? 'operator',
  };
}

function compileStep(written: StepFile, number: number, file: string): Step {
  const { 'power-cut': cut, cancel } = written.interrupt ?? {};
  return defined<Step>({
    number,
    action: compileAction(written),
    faults: list(written.fault).map((fault) => (typeof fault === 'string' ? parseFault(fault) : fault)),
    cable: list(written.cable),
    interrupt: cut
      ? { do: 'power-cut', at: cut.at, offMs: milliseconds(cut.off) }
      : cancel && { do: 'cancel', at: cancel.at },
    expect: compileExpect(written.expect, file),
  });
}

function compileAction(step: StepFile): Action {
  if (step['power-cut']) return { do: 'power-cut', offMs: milliseconds(step['power-cut'].off) };
  if (step.move !== undefined) {
    const { to, access, live } = typeof step.move === 'string' ? { to: step.move } : step.move;
    return defined<Extract<Action, { do: 'move' }>>({ do: 'move', region: to, access, live });
  }
  if (step.wait !== undefined)
    return { do: 'wait', for: step.wait === 'next-day' ? 'next-day' : milliseconds(step.wait) };
  const name = OPERATIONS.find((operation) => step[operation] !== undefined) ?? 'sign-on';
  // What an operation needs stands in the registry under the same names.
  return defined<OperationAction>({ ...step[name], do: name });
}

function compileExpect(expect: StepFile['expect'], file: string): Expect {
  const { receipt, host, till } = expect ?? {};
  return defined<Expect>({
    outcome: expect?.outcome,
    code: expect?.code,
    display: expect?.display,
    till: typeof till === 'string' ? { outcome: till } : till && defined<TillExpect>({ ...till }),
    receipt: receipt === undefined || receipt === 'none' ? receipt : compileReceipt(receipt, file),
    host: host === undefined || host === 'none' ? host : host.map(compileHost),
    moved: expect?.money?.moved,
    held: expect?.money?.held,
    traffic: expect?.traffic && defined<TrafficExpect>({ ...expect.traffic }),
    withinMs: expect?.within === undefined ? undefined : milliseconds(expect.within),
  });
}

function compileHost(item: HostItem): HostExpect {
  if (item.no) return { no: item.no };
  const kind = MESSAGE_KINDS.find((name) => item[name] !== undefined) ?? 'other';
  const details = item[kind];
  return defined<Extract<HostExpect, { kind: unknown }>>({
    kind,
    of: details?.of,
    amount: details?.amount,
    approvedAmount: details?.['approved-amount'],
    code: details?.code,
    reason: details?.reason,
    region: details?.region,
    checks: (['mac', 'pin', 'cryptogram', 'track'] as const).filter((check) => details?.[check] === 'ok'),
    before: item.before,
  });
}

/** What the author asks for and what the steps need by themselves. */
function needsOf(written: ScenarioFile, steps: readonly Step[]): Needs {
  const { needs, given } = written;
  const planes = new Set<PlaneName>(list(needs?.planes));
  const entry = new Set(list(needs?.entry));
  const operations = new Set<OperationName>(list(needs?.operations));
  for (const { action, faults, cable, interrupt } of steps) {
    for (const plane of ACTIONS[action.do].planes) planes.add(plane);
    if ((OPERATIONS as readonly string[]).includes(action.do)) operations.add(action.do as OperationName);
    if (isOperation(action) && action.entry) entry.add(action.entry);
    if (faults.length > 0) planes.add('network');
    if (interrupt) planes.add(interrupt.do === 'cancel' ? 'keypad' : 'power').add('display');
    if (cable.length > 0) planes.add('till').add('display');
  }
  const hand =
    needs?.hand ?? (steps.some(({ expect, cable }) => expect.till ?? cable[0]) ? 'till' : undefined);
  if (hand) planes.add(hand);
  if (given?.region ?? given?.access) planes.add('network');
  if (given?.entry) entry.add(given.entry);
  const simulatedHost =
    needs?.['simulated-host'] === true ||
    given?.acquirer !== undefined ||
    steps.some(({ action }) => action.do === 'wait' && action.for === 'next-day');
  if (simulatedHost) planes.add('host');
  return {
    entry: [...entry],
    operations: [...operations],
    planes: PLANES.filter((plane) => planes.has(plane)),
    simulatedHost,
    ...(hand && { hand }),
    ...(needs?.till && { till: list(needs.till) }),
  };
}

/** For messages about a step: `3 sale 128.50`, in the words of the scenario. */
export function stepTitle({ number, action }: Step): string {
  const words = (): string => {
    switch (action.do) {
      case 'power-cut':
        return `power cut of ${action.offMs} ms`;
      case 'move':
        return moveTitle(action);
      case 'wait':
        return action.for === 'next-day' ? 'wait for the next day' : `wait ${action.for} ms`;
      default:
        return operationTitle(action);
    }
  };
  return `${number} ${words()}`;
}

/** `move to chengdu over 4g`, `move over wifi, live connections keep`. */
export function moveTitle({ region, access, live }: Extract<Action, { do: 'move' }>): string {
  const where = [region && `to ${region}`, access && `over ${access}`].filter((part) => part !== undefined);
  return `move ${where.join(' ')}${live === undefined ? '' : `, live connections ${live}`}`;
}

const PIN_WORDS: Readonly<Record<PinWay, string>> = {
  wrong: 'with a wrong PIN',
  none: 'without PIN',
  never: 'with a PIN that is never entered',
  slowly: 'with a PIN that takes minutes',
};

/** An operation in the words of the scenario: `sale 128.50 with credit-1 by tap`, `refund 20.00 of step 2`. */
export function operationTitle({
  do: name,
  amount,
  of,
  card,
  entry,
  instalments,
  tip,
  pin,
  code,
}: OperationAction): string {
  return [
    name,
    amount,
    of === undefined ? undefined : `of step ${of}`,
    instalments === undefined ? undefined : `in ${instalments} instalments`,
    tip === undefined ? undefined : `with a tip of ${tip}`,
    card === undefined ? undefined : `with ${card}`,
    entry === undefined ? undefined : `by ${entry}`,
    pin === undefined ? undefined : PIN_WORDS[pin],
    code === undefined ? undefined : `with a ${code} code`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}
