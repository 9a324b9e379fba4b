import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { RigError } from '../../rig/model/errors.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { contactSheet, dotsOf, type RunSlip, type SheetItem, slipsOfRun } from './contact-sheet.ts';

/** Slips on one picture; more make several pictures. */
const PER_SHEET = 200;

export interface ReceiptsOptions {
  readonly out?: string;
  readonly columns: string;
  readonly grep?: string;
  readonly json?: boolean;
}

/** `posrig receipts <run>`: lists the slips of a run and draws them on a contact sheet. Errors: USAGE, FILE_UNREADABLE. */
export async function receiptsVerb(folder: string, options: ReceiptsOptions): Promise<number> {
  const columns = Number(options.columns);
  if (!Number.isInteger(columns) || columns < 1 || columns > 40)
    throw new RigError(
      'USAGE',
      'file',
      `--columns takes a whole number from 1 to 40, not "${options.columns}"`,
    );
  const wanted = patternOf(options.grep);
  const slips = (await slipsOfRun(folder)).filter(({ scenario }) => wanted.test(scenario));
  const written = slips.length === 0 ? [] : await draw(folder, slips, columns, options.out);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ slips: slips.map(plain), written }, null, 2)}\n`);
  else {
    for (const slip of slips) process.stdout.write(`${captionOf(slip)}${alarm(slip)}\n`);
    process.stdout.write(
      slips.length === 0 ? 'This run has no slips.\n' : written.map((path) => `${path}\n`).join(''),
    );
  }
  return slips.length === 0 ? EXIT.nothingRan : EXIT.ok;
}

function patternOf(text: string | undefined): RegExp {
  try {
    return new RegExp(text ?? '', 'u');
  } catch {
    throw new RigError('USAGE', 'file', `--grep ${text} is not a regular expression`);
  }
}

async function draw(
  folder: string,
  slips: readonly RunSlip[],
  columns: number,
  out = resolve(folder, 'receipts.png'),
): Promise<readonly string[]> {
  const items: SheetItem[] = [];
  for (const slip of slips) {
    const dots = await dotsOf(folder, slip.picture);
    if (dots) items.push({ caption: captionOf(slip), dots });
  }
  if (items.length < slips.length)
    process.stderr.write(
      `${slips.length - items.length} slips have no picture in this run; their text is listed\n`,
    );
  await mkdir(dirname(resolve(out)), { recursive: true });
  const written: string[] = [];
  for (let i = 0; i < items.length; i += PER_SHEET) {
    const path = i === 0 ? out : out.replace(/(\.png)?$/i, `-${i / PER_SHEET + 1}.png`);
    await writeFile(path, contactSheet(items.slice(i, i + PER_SHEET), columns));
    written.push(path);
  }
  return written;
}

const captionOf = ({ scenario, step, slip }: RunSlip) =>
  `${scenario || '-'} ${step} ${slip.copy}${slip.duplicate ? ' dup' : ''}`;
const alarm = ({ forbidden, slip }: RunSlip) =>
  `  ${slip.fields['amount'] ?? ''}${forbidden.length > 0 ? `  shows ${forbidden.join(', ')}` : ''}`;
const plain = ({ scenario, step, slip, forbidden }: RunSlip) => ({ scenario, step, ...slip, forbidden });
