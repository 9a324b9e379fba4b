import { dialogueOf } from '../certificate/dialogue.ts';
import type { ScenarioView } from '../model.ts';

/**
 * What a scenario showed on each plane, as lines that are the same in two runs of the same terminal: numbers that must
 * differ from run to run (STAN, RRN, times, cryptograms, keys) are reduced to their form, everything else stands as it was.
 */
export interface Shape {
  readonly messages: readonly string[];
  readonly receipts: readonly string[];
  readonly screens: readonly string[];
}

/** Parts of a message that differ between any two runs, by field number (ISO 8583:1987 and 1993, UnionPay's layout). */
const FRESH = new Set([
  'TPDU',
  '7',
  '11',
  '12',
  '13',
  '15',
  '17',
  '37',
  '38',
  '52',
  '53',
  '64',
  '90',
  '95',
  '128',
]);
/** Of fields that are partly fresh: chip data, batch and original data, keys, downloads. Their other parts stand by themselves. */
const FRESH_PARTS = /^(55|60|60\.2|61(\..*)?|62(\..*)?|55\.(9F26|9F36|9F37|9F10|9F41|9A|9F21|91|71|72))$/;

export function shapeOf(scenario: ScenarioView): Shape {
  return {
    messages: dialogueOf(scenario).flatMap(({ message, delivered }) => [
      `${message.direction} ${message.kind} ${message.mti}${message.code === undefined ? '' : ` ${message.code}`}${delivered ? '' : ' (not delivered)'}`,
      ...message.fields
        .filter(({ id }) => id !== 'MTI')
        .map(({ id, name, value }) => `  ${id} ${name}: ${isFresh(id) ? formOf(value) : value}`),
    ]),
    receipts: scenario.receipts.flatMap(({ slip }) => [
      `${slip.copy} copy${slip.duplicate ? ', duplicate' : ''}`,
      ...slip.lines.map((line) => `  ${freshOut(line)}`),
    ]),
    screens: changes(
      scenario.screens.map(({ lit, lines }) =>
        lit
          ? freshOut(
              lines
                .map((line) => line.trim())
                .filter(Boolean)
                .join(' / '),
            )
          : 'dark',
      ),
    ),
  };
}

const isFresh = (id: string): boolean => FRESH.has(id.split('.')[0] ?? '') || FRESH_PARTS.test(id);

/** `000123` → `######`, `A1B2C3` → `######`: how long a value is and where its signs stand. */
const formOf = (value: string): string => value.replace(/[0-9A-Za-z]/g, '#');

/** A printed line without what is new in every run. A money amount stands; any other number of four digits or more, and any code that mixes letters and digits, is reduced. */
export const freshOut = (line: string): string =>
  line.replace(/\d[\d,]*\.\d{2}(?!\d)|[0-9A-Z*]*\d[0-9A-Z*]*(?:[-/:][0-9]+)*/g, (found) =>
    /^\d[\d,]*\.\d{2}$/.test(found) || found.length < 4 ? found : formOf(found),
  );

const changes = (lines: readonly string[]): readonly string[] =>
  lines.filter((line, i) => line !== lines[i - 1]);
