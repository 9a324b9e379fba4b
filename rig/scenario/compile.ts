import { OPERATIONS, type OperationName } from '../bench/profile.ts';
import { PLANES, type PlaneName } from '../model/event.ts';
import { parseFault } from '../model/fault-text.ts';
import { MESSAGE_KINDS } from '../model/message.ts';
import { parseDuration } from '../model/time.ts';
import { ACTIONS, AMOUNT_FIELDS, FIELD_CHECKS, type FieldCheckName, type HostItem } from './registry.ts';
import type {
  Action,
  Expect,
  FieldCheck,
  Given,
  HostExpect,
  Needs,
  OperationAction,
  ReceiptExpect,
  Scenario,
  SlipExpect,
  Step,
} from './scenario.ts';
import { isOperation } from './scenario.ts';
import type { ScenarioFile, StepFile } from './schema.ts';

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
  const steps = written.steps.map((step, i) => compileStep(step, i + 1));
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

/** Drops keys without a value, so that optional properties are really absent. */
const defined = <T extends object>(value: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;

const milliseconds = (duration: string): number => parseDuration(duration) ?? 0;
const list = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

function compileStep(written: StepFile, number: number): Step {
  const cut = written.interrupt?.['power-cut'];
  return defined<Step>({
    number,
    action: compileAction(written),
    faults: list(written.fault).map((fault) => (typeof fault === 'string' ? parseFault(fault) : fault)),
    interrupt: cut && { do: 'power-cut', at: cut.at, offMs: milliseconds(cut.off) },
    expect: compileExpect(written.expect),
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

function compileExpect(expect: StepFile['expect']): Expect {
  const { receipt, host } = expect ?? {};
  return defined<Expect>({
    outcome: expect?.outcome,
    code: expect?.code,
    display: expect?.display,
    receipt: receipt === undefined || receipt === 'none' ? receipt : compileReceipt(receipt),
    host: host === undefined || host === 'none' ? host : host.map(compileHost),
    moved: expect?.money?.moved,
    held: expect?.money?.held,
    withinMs: expect?.within === undefined ? undefined : milliseconds(expect.within),
  });
}

type ReceiptFile = Exclude<NonNullable<NonNullable<StepFile['expect']>['receipt']>, 'none'>;

const compileReceipt = (receipt: ReceiptFile): ReceiptExpect =>
  defined<ReceiptExpect>({
    merchant: compileSlip(receipt.merchant),
    customer: compileSlip(receipt.customer),
    settlement: compileSlip(receipt.settlement),
    duplicate: receipt.duplicate === true,
    forbiddenNone: receipt.forbidden === 'none',
    copies: receipt.copies,
    withinMs: receipt.within === undefined ? undefined : milliseconds(receipt.within),
    must: receipt.must === undefined ? undefined : list(receipt.must).map(linePattern),
    mustNot: receipt['must-not'] === undefined ? undefined : list(receipt['must-not']).map(linePattern),
    signature: receipt.signature,
    original: receipt.original,
    ...compileStyle(receipt.style),
    codes: compileCodes(receipt),
  });

/** A text between slashes is a regular expression; any other stands for itself. */
const patternIn = (text: string) => /^\/(.+)\/$/su.exec(text)?.[1];
const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const linePattern = (text: string) => patternIn(text) ?? literally(text.normalize('NFKC'));

function compileStyle(style: ReceiptFile['style']): Pick<ReceiptExpect, 'heights' | 'bold'> {
  const wanted = Object.entries(style ?? {}).map(([field, value]) => ({ field, styles: list(value) }));
  const tall = wanted.filter(({ styles }) => styles.includes('double-height'));
  const bold = wanted.filter(({ styles }) => styles.includes('bold'));
  return {
    ...(tall.length > 0 ? { heights: Object.fromEntries(tall.map(({ field }) => [field, 2])) } : {}),
    ...(bold.length > 0 ? { bold: bold.map(({ field }) => field) } : {}),
  };
}

function compileCodes({ qr, barcode }: ReceiptFile): ReceiptExpect['codes'] {
  const whole = (text: string) => patternIn(text) ?? `^${literally(text)}$`;
  const codes = [
    ...(qr === undefined ? [] : [{ symbology: 'qr', matches: whole(qr) }]),
    ...(barcode === undefined ? [] : [{ matches: whole(barcode) }]),
  ];
  return codes.length > 0 ? codes : undefined;
}

function compileSlip(fields: ReceiptFile['merchant']): SlipExpect | undefined {
  if (!fields) return undefined;
  const written = Object.entries(fields).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return Object.fromEntries(written.map(([field, value]) => [field, compileField(field, String(value))]));
}

function compileField(field: string, value: string): FieldCheck {
  if (Object.hasOwn(FIELD_CHECKS, value)) return { is: value as FieldCheckName };
  return AMOUNT_FIELDS.has(field) ? { is: 'amount', amount: value } : { is: 'text', text: value };
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
  for (const { action, faults, interrupt } of steps) {
    for (const plane of ACTIONS[action.do].planes) planes.add(plane);
    if ((OPERATIONS as readonly string[]).includes(action.do)) operations.add(action.do as OperationName);
    if (isOperation(action) && action.entry) entry.add(action.entry);
    if (faults.length > 0) planes.add('network');
    if (interrupt) planes.add('power').add('display');
  }
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
}: OperationAction): string {
  return [
    name,
    amount,
    of === undefined ? undefined : `of step ${of}`,
    instalments === undefined ? undefined : `in ${instalments} instalments`,
    tip === undefined ? undefined : `with a tip of ${tip}`,
    card === undefined ? undefined : `with ${card}`,
    entry === undefined ? undefined : `by ${entry}`,
    pin === undefined ? undefined : 'without PIN',
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}
