import { z } from 'zod';
import { RigError } from '../../rig/model/errors.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { toDialogueMessage } from '../codec/iso8583/index.ts';
import { noted, type Outcome, type Placed, readInput } from './decode-frames.ts';
import { LengthForm, type Travel } from './decode-framing.ts';
import { behindFront, otherDialect } from './decode-guess.ts';
import { type Understanding, understandings } from './decode-input.ts';
import { loadDialect } from './dialect.ts';
import { fieldLines, headline } from './message-text.ts';

/** Tried first when the command line names none. */
const USUAL = 'unionpay-pos';

const Options = z.object({
  dialect: z.string().optional(),
  file: z.string().optional(),
  length: z.union([z.boolean(), LengthForm]).optional(),
  tpdu: z.boolean().optional(),
  header: z.boolean().optional(),
  skip: z.coerce.number().int().min(0).max(65_535).default(0),
  clear: z.boolean().default(false),
  json: z.boolean().default(false),
});
type Options = z.infer<typeof Options>;

/**
 * `posrig decode iso8583`: writes the messages to standard output, those before and behind a bad frame as well, and throws
 * for a bad frame with the field, the offset and what was expected (blame `file`: exit code 3).
 */
export async function decodeIso8583(
  hex: string | undefined,
  given: Record<string, unknown>,
): Promise<number> {
  const options = optionsOf(given);
  const dialect = loadDialect(options.dialect ?? USUAL);
  const travel = travelOf(options);
  const inputs = await understandings(hex, options.file);
  let outcome = readInput(inputs, dialect, travel);
  if (outcome.error) outcome = helped(outcome, outcome.error, inputs, options, travel);
  const { placed, error } = outcome;
  process.stdout.write(options.json ? asJson(placed, options.clear) : asText(placed, options.clear));
  if (error) throw error;
  return EXIT.ok;
}

function optionsOf(given: Record<string, unknown>): Options {
  const { success, data, error } = Options.safeParse(given);
  if (success) return data;
  const option = String(error.issues[0]?.path[0]);
  throw new RigError('USAGE', 'file', `--${option} ${String(given[option])} is not understood`, {
    hint:
      option === 'length'
        ? 'Length headers are none, binary2, bcd2, ascii4 and the like; those that count themselves binary2-inclusive.'
        : 'See posrig decode iso8583 --help.',
  });
}

const travelOf = ({ length, tpdu, header, skip }: Options): Travel => ({
  ...(length === false ? { length: 'none' } : typeof length !== 'boolean' && length ? { length } : {}),
  ...(tpdu !== undefined && { tpdu }),
  ...(header === false && { header }),
  skip,
});

/**
 * What can be done about bytes that do not decode: another shipped dialect that reads all of them is taken where none was
 * named, else told; so is a message behind bytes that are not its dialect's.
 */
function helped(
  outcome: Outcome,
  error: RigError,
  inputs: readonly Understanding[],
  { dialect: named }: Options,
  travel: Travel,
): Outcome {
  const tried = named ?? USUAL;
  const other = otherDialect(inputs, tried, travel);
  if (other && named === undefined) {
    return noted(other.outcome, 'dialect', `read by ${other.name}; ${tried} does not fit`);
  }
  const front = other ? undefined : behindFront(inputs, loadDialect(tried));
  const hint = other
    ? `All of it can be read by another dialect: say --dialect ${other.name}.`
    : front
      ? `Behind the first ${front.skip} bytes there is a whole message of ${front.dialect.id}: say --skip ${front.skip} --dialect ${front.dialect.id}.`
      : error.hint;
  return {
    placed: outcome.placed,
    error: new RigError(error.code, 'file', error.message, hint === undefined ? {} : { hint }),
  };
}

function asText(placed: readonly Placed[], clear: boolean): string {
  return placed
    .map(({ offset, dialect, message, notes }) => {
      const dialogue = toDialogueMessage(dialect, message, { clear });
      const remarks = [...notes, ...message.remarks].map(
        (r) => `  note: ${/^\d/.test(r.id) ? `F${r.id}` : r.id} at offset ${offset + r.offset}: ${r.text}\n`,
      );
      return `${headline(dialogue)}\n${fieldLines(dialogue.fields, offset)}\n${remarks.join('')}`;
    })
    .join('\n');
}

function asJson(placed: readonly Placed[], clear: boolean): string {
  const messages = placed.map(({ offset, dialect, message, notes }) => ({
    offset,
    bytes: message.bytes.length,
    dialect: dialect.id,
    tpdu: message.tpdu,
    header: message.header,
    ...toDialogueMessage(dialect, message, { clear }),
    remarks: [...notes, ...message.remarks],
  }));
  return `${JSON.stringify(messages, null, 2)}\n`;
}
