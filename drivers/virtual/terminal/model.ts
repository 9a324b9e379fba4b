import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import type { TerminalBody, VisibleScreen } from './body.ts';

/** A word and what stands in its place; a regular expression with `$1` where it has groups. */
const Words = z.array(z.tuple([z.string().min(1), z.string()])).max(500);

/**
 * What makes another model of the same firmware family: the names on its keys, the words on its screen and slips, and where on
 * its display the firmware's four lines stand.
 */
export const ModelFile = z.strictObject({
  version: z.literal(1),
  keys: z.record(z.string(), z.string()).default({}).describe("key of the model to the firmware's key"),
  head: z.string().default('').describe('a line above everything else; empty: none'),
  blank: z.int().min(0).max(4).default(0).describe('empty lines between head and the rest'),
  screen: Words.default([]).describe(
    'what the firmware shows, and what this model shows instead; applied line by line, in order',
  ),
  slip: Words.default([]).describe('likewise on paper'),
  touch: z
    .strictObject({
      shuffles: z
        .string()
        .min(1)
        .describe(
          'regular expression; while the screen shows it, digits stand on other keys and no application sees the screen',
        ),
    })
    .optional()
    .describe('its keys are drawn on a touch screen'),
});

export interface Model {
  readonly keys: Readonly<Record<string, string>>;
  readonly head: string;
  readonly blank: number;
  onScreen(line: string): string;
  onSlip(line: string): string;
  /** Present where keys are drawn on a touch screen: whether what shows asks for a secret. */
  readonly asksSecret?: (screen: VisibleScreen) => boolean;
}

/** Reads a model file. Throws FILE_INVALID. */
export function loadModel(file: string): Model {
  const read = ModelFile.safeParse(parse(readFileSync(file, 'utf8')));
  if (!read.success)
    throw new RigError('FILE_INVALID', 'file', `${file} is not a model: ${z.prettifyError(read.error)}`);
  const { keys, head, blank, screen, slip, touch } = read.data;
  const secret = touch && new RegExp(touch.shuffles, 'u');
  return {
    keys,
    head,
    blank,
    onScreen: translator(screen),
    onSlip: translator(slip),
    ...(secret && { asksSecret: ({ lines }: VisibleScreen) => secret.test(lines.join('\n')) }),
  };
}

function translator(words: z.infer<typeof Words>): (line: string) => string {
  const rules = words.map(([from, to]) => [new RegExp(from, 'gu'), to] as const);
  const known = new Map<string, string>();
  return (line) => {
    const before = known.get(line);
    if (before !== undefined) return before;
    const after = rules.reduce((text, [from, to]) => text.replace(from, to), line);
    // Amounts and numbers make lines that never come again.
    if (known.size < 500) known.set(line, after);
    return after;
  };
}

/** A terminal in the housing of another model: its keys are others, and its screen speaks otherwise. */
export function housed(body: TerminalBody, model: Model): TerminalBody {
  const key = (name: string) => model.keys[name] ?? name;
  const head = model.head === '' ? [] : [model.head, ...Array.from({ length: model.blank }, () => '')];
  const shown = ({ lit, lines, code }: VisibleScreen): VisibleScreen => ({
    lit,
    ...(code !== undefined && { code }),
    lines: lit ? [...head, ...lines.map(model.onScreen)] : [...head.map(() => ''), ...lines],
  });
  return {
    power: (on) => body.power(on),
    get powered() {
      return body.powered;
    },
    keyDown: (name) => body.keyDown(key(name)),
    keyUp: (name) => body.keyUp(key(name)),
    cardInserted: body.cardInserted,
    cardRemoved: body.cardRemoved,
    cardSwiped: body.cardSwiped,
    cardTapped: body.cardTapped,
    scannerSees: body.scannerSees,
    get screen() {
      return shown(body.screen);
    },
    onScreen: (listener) => body.onScreen((screen) => listener(shown(screen))),
    onPrinterBytes: body.onPrinterBytes,
    printerReceives: body.printerReceives,
    till: body.till,
    destroy: () => body.destroy(),
  };
}
