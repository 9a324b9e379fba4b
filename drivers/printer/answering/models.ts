import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { nearestWord } from '../../../rig/model/nearest-word.ts';
import { packaged } from '../../../rig/model/package-root.ts';

const Model = z.strictObject({
  id: z.string(),
  maker: z.string().max(32),
  model: z.string().max(32),
  firmware: z.coerce.string().max(32),
  width: z.int().min(96).max(4000),
  charset: z.string(),
});
export type PrinterModel = z.infer<typeof Model>;
const Models = z.strictObject({ version: z.literal(1), models: z.array(Model) });

/** Printers that ship with posrig (`models.yaml`). */
export const printerModels = (): readonly PrinterModel[] =>
  Models.parse(parse(readFileSync(packaged('drivers/printer/answering/models.yaml'), 'utf8'))).models;

/** The printer of that name. Errors: USAGE with the names that there are. */
export function printerModel(id: string): PrinterModel {
  const models = printerModels();
  const found = models.find((model) => model.id === id);
  if (found) return found;
  const ids = models.map((model) => model.id);
  throw new RigError('USAGE', 'file', `there is no printer "${id}"`, {
    hint: `Did you mean ${nearestWord(id, ids) ?? ids[0]}? There are ${ids.join(', ')}.`,
  });
}
