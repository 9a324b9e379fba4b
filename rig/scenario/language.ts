import { Fault } from '../model/fault.ts';
import { FAULT_ACTION_NAMES, faultAction } from '../model/fault-actions.ts';
import { MESSAGE_KINDS } from '../model/message.ts';
import { TILL_FAULT_ACTIONS, TillFault, tillFaultKind } from '../model/till-fault.ts';
import { FIELD_CHECKS, RECEIPT_FIELDS, ReceiptWords } from './receipt-words.ts';
import {
  ACTION_NAMES,
  ACTIONS,
  type ActionEntry,
  EXPECTATION_NAMES,
  EXPECTATIONS,
  HostDetails,
  STEP_OUTCOMES,
} from './registry.ts';
import { Interrupt } from './schema.ts';

const INTERRUPT_EXAMPLES: Readonly<Record<keyof typeof Interrupt.shape, string>> = {
  'power-cut': 'interrupt: { power-cut: { at: waiting, off: 5 s } }',
  cancel: 'interrupt: { cancel: { at: pin } }',
};

/**
 * The reference of the scenario language as Markdown, out of the registry. It stands in `scenarios/README.md`; a test
 * fails when that is stale.
 */
export function languageReference(): string {
  const code = (text: string) => `\`${text}\``;
  const row = (...cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const actions = ACTION_NAMES.map((name) => {
    const entry: ActionEntry = ACTIONS[name];
    return row(code(name), entry.summary, code(entry.example));
  });
  const expectations = EXPECTATION_NAMES.map((name) =>
    row(code(name), EXPECTATIONS[name].summary, code(EXPECTATIONS[name].example)),
  );
  const checks = Object.entries(FIELD_CHECKS).map(([name, summary]) => row(code(name), summary));
  const words = Object.entries(ReceiptWords.shape).map(([name, schema]) =>
    row(code(name), schema.description ?? 'the fields of this copy; {} asks only for the copy'),
  );
  const details = Object.entries(HostDetails.shape).map(([name, schema]) =>
    row(code(name), schema.description ?? ''),
  );
  return [
    '### Actions',
    row('action', 'what it does', 'example'),
    row('---', '---', '---'),
    ...actions,
    '',
    '### Interrupts',
    row('interrupt', 'what happens in the middle of the action', 'example'),
    row('---', '---', '---'),
    ...Object.entries(Interrupt.shape).map(([name, schema]) =>
      row(
        code(name),
        schema.description ?? '',
        code(INTERRUPT_EXAMPLES[name as keyof typeof Interrupt.shape]),
      ),
    ),
    '',
    '### Faults',
    row('`do`', 'what happens', 'layers', 'needs, takes', 'in one line'),
    row('---', '---', '---', '---', '---'),
    ...FAULT_ACTION_NAMES.map((name) => {
      const { summary, layers, needs, takes, example } = faultAction(name);
      const keys = [...needs.map((key) => `**${key}**`), ...takes].join(', ');
      return row(code(name), summary, layers.join(', '), keys, code(example));
    }),
    '',
    row('key', 'meaning'),
    row('---', '---'),
    ...Object.entries(Fault.shape)
      .filter(([key]) => key !== 'do')
      .map(([key, schema]) => row(code(key), schema.description ?? '')),
    '',
    "### Faults of the till's cable",
    row('`do`', 'what happens', 'takes', 'example'),
    row('---', '---', '---', '---'),
    ...TILL_FAULT_ACTIONS.map((name) => {
      const { summary, takes, example } = tillFaultKind(name);
      return row(code(name), summary, takes.join(', '), code(`cable: ${example}`));
    }),
    '',
    row('key', 'meaning'),
    row('---', '---'),
    ...Object.entries(TillFault.shape)
      .filter(([key]) => key !== 'do')
      .map(([key, schema]) => row(code(key), schema.description ?? '')),
    '',
    '### Expectations',
    row('expectation', 'what must be true', 'example'),
    row('---', '---', '---'),
    ...expectations,
    '',
    `Outcomes: ${STEP_OUTCOMES.map(code).join(', ')}.`,
    '',
    'Of the paper of a step, in `receipt`, can be asked:',
    '',
    row('word', 'meaning'),
    row('---', '---'),
    ...words,
    '',
    `Fields of a slip: ${RECEIPT_FIELDS.map(code).join(', ')}. Instead of the value itself:`,
    '',
    row('check', 'meaning'),
    row('---', '---'),
    ...checks,
    '',
    `Kinds of messages in \`host\`: ${MESSAGE_KINDS.map(code).join(', ')}; \`no: <kind>\` says that none comes. Of a message can be asked:`,
    '',
    row('detail', 'meaning'),
    row('---', '---'),
    ...details,
    '',
  ].join('\n');
}
