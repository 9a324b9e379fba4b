import { stringify } from 'yaml';
import { loadProfile } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import type { OperationName, Profile } from '../bench/profile.ts';
import type { EntryMode } from '../model/card.ts';
import { FILL_IN, FILL_IN_KEY } from '../scenario/readiness.ts';
import { strategySkeleton } from './strategy-skeleton.ts';

/** What whoever brings a model knows on the first morning. */
export interface NewModel {
  readonly id: string;
  readonly maker: string;
  readonly model: string;
  readonly entry: readonly EntryMode[];
  readonly operations: readonly OperationName[];
  readonly dialect: string;
  readonly labels: readonly string[];
  readonly rows: number;
  readonly columns: number;
}

/** The profile whose operations and screens a new one begins with. */
const PATTERN = 'vt-4';

/** Screens with which some operations alone end. */
const ENDS_ONLY: Readonly<Record<string, readonly OperationName[]>> = {
  stored: ['offline-sale', 'completion-notice', 'adjust'],
  balance: ['balance'],
  'upload-failed': ['settle'],
  settled: ['settle'],
  'signed-on': ['sign-on'],
  'sign-off-done': ['sign-off'],
  echoed: ['echo'],
  downloaded: ['download'],
  reprinted: ['reprint'],
};

/**
 * A profile to be filled in: valid from the start, with every screen and key that the chosen operations need, each with
 * FILL IN where somebody must look at the terminal. Order and names are those of the schema.
 */
export function skeleton(model: NewModel): string {
  const pattern = valueOrThrow(loadProfile(PATTERN)).value;
  const operations = pick(pattern.operations, model.operations);
  const asked = Object.values(operations).flatMap((one) => Object.keys(one?.answers ?? {}));
  const outcomes = Object.entries(pattern.screens).flatMap(([id, { outcome }]) =>
    outcome && (ENDS_ONLY[id] ?? model.operations).some((one) => model.operations.includes(one)) ? [id] : [],
  );
  const lists = ['idle', 'signed-off', 'pending-reversal', 'stored', 'card-in'] as const;
  const states = lists.flatMap((list) => pattern[list]);
  const ids = new Set(['booting', 'printing', ...states, 'info', ...asked, ...outcomes]);
  const screens = Object.entries(pattern.screens)
    .filter(([id]) => ids.has(id))
    .map(([id, { outcome }]) => [id, { match: [`${FILL_IN}: ${id}`], ...(outcome && { outcome }) }] as const);
  const sections: readonly (readonly [comment: string, content: object | string])[] = [
    [
      `A new model. Everything that says ${FILL_IN} is still to be found out; posrig profile check tells for which scenarios.`,
      {
        version: 1,
        id: model.id,
        title: { en: `${model.maker} ${model.model}`, zh: `${model.maker} ${model.model}` },
      },
    ],
    ['', { maker: model.maker, model: model.model }],
    [
      'What it can do; what is not here makes scenarios that need it skipped, with the reason.',
      {
        capabilities: { entry: model.entry, operations: model.operations },
      },
    ],
    ['The host dialect by name (posrig list dialects).', { dialect: model.dialect }],
    ['', { display: { rows: model.rows, columns: model.columns } }],
    [
      'Centre and size of every key in mm from the centre of the top left key, x right, y towards the person. Measure them.',
      { keypad: keypad() },
    ],
    [
      'The first screen whose patterns are all found in the lines is the one that shows; regular expressions, ^ begins a line.\nA screen that decides has an outcome; `code: "CODE (\\w\\w)"` where its response code stands.\nDelete what this model never shows, here, in the lists below (an empty one is []) and under answers.',
      { screens: Object.fromEntries(screens) },
    ],
    ['What those screens mean.', Object.fromEntries(lists.map((list) => [list, pattern[list]]))],
    [
      'The keys that start each operation from idle, and what the hand does on every screen that asks for something.',
      {
        operations: Object.fromEntries(
          Object.entries(operations).map(([id, one]) => [id, { ...one, start: [FILL_IN_KEY] }]),
        ),
      },
    ],
    ['', strategySkeleton()],
    ['How long it may take, in its own time.', { timers: pattern.timers }],
    [
      `Slips: labels of shipped sets (unionpay-zh, zh-hant, en, de, fr, ja) and what they lack.${model.labels.length > 0 ? '' : `\n${FILL_IN}: labels. A slip that no label set reads counts as none, and no sale is proved then.`}\nposrig slip slip.bin --labels de tells what a set reads of a slip, posrig decode escpos --file slip.bin shows it.`,
      {
        receipt: {
          charset: 'gb18030',
          columns: 32,
          width: 384,
          labels: model.labels,
          order: ['merchant', 'customer'],
        },
      },
    ],
  ];
  return sections
    .map(([comment, content]) => {
      const head =
        comment === ''
          ? ''
          : `${comment
              .split('\n')
              .map((line) => `# ${line}\n`)
              .join('')}`;
      return `${head}${typeof content === 'string' ? content : stringify(content, { lineWidth: 120 })}`;
    })
    .join('\n');
}

const pick = (all: Profile['operations'], names: readonly OperationName[]): Profile['operations'] =>
  Object.fromEntries(names.flatMap((name) => (all[name] ? [[name, all[name]]] : [])));

/** Four columns of keys as most pads have them, and one that stands for keys that are not known yet. */
function keypad() {
  const rows = [
    ['1', '2', '3', 'cancel'],
    ['4', '5', '6', 'clear'],
    ['7', '8', '9', 'func'],
    [FILL_IN_KEY, '0', '00', 'enter'],
  ];
  const keys = rows.flatMap((row, y) =>
    row.map((name, x) => [name, { x: x * 15, y: y * 10, w: 12, h: 7 }] as const),
  );
  return {
    keys: Object.fromEntries(keys),
    'self-test': { from: 'idle', press: FILL_IN_KEY, shows: 'info', back: 'cancel' },
    home: ['cancel'],
  };
}
