import { colors } from '../../../rig/model/colors.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import { DIALECT, DIALECTS, type DialectId } from '../../codec/grbl/dialects.ts';
import { openPort } from '../../transport/open-port.ts';
import type { Tee } from '../../transport/tee.ts';
import { numberOption } from '../bench/words.ts';
import { type CaseResult, type Conformance, conform } from './conform.ts';

/** Options of `posrig keypad conform` as the command line gives them. */
export interface ConformVerbOptions {
  readonly port: string;
  readonly baud: string;
  readonly dialect: string;
  readonly allowMotion?: boolean;
  readonly box: string;
  readonly boot: string;
  readonly timeout: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** The transcripts themselves are what is kept; nobody journals them. */
const NOWHERE: Tee = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };

/**
 * `posrig keypad conform`: plays order-only transcripts against the controller on a port. Returns the exit code: 0 when
 * nothing failed, 1 when something did. Throws when no controller could be talked to.
 */
export async function conformVerb(options: ConformVerbOptions): Promise<number> {
  const dialect = dialectOf(options.dialect);
  const settings = {
    dialect,
    allowMotion: options.allowMotion ?? false,
    box: numberOption('--box', options.box, 0.1, 20),
    bootMs: numberOption('--boot', options.boot, 0, 60_000),
    patienceMs: numberOption('--timeout', options.timeout, 100, 120_000),
  };
  const baud = numberOption('--baud', options.baud, 1200, 4_000_000);
  const serial = await openPort({ path: options.port, baud, what: 'motion controller' }, NOWHERE);
  const stop = () => void serial.close();
  process.once('SIGINT', stop);
  try {
    const write = (text: string) => void process.stdout.write(text);
    if (options.json) {
      const result = await conform(serial, settings);
      write(`${JSON.stringify(asJson(options.port, result), null, 2)}\n`);
      return exitCode(result);
    }
    const result = await conform(serial, settings, (each) => write(line(each, options.verbose ?? false)));
    write(summary(result));
    return exitCode(result);
  } finally {
    process.removeListener('SIGINT', stop);
    await serial.close();
  }
}

const exitCode = ({ cases }: Conformance): number =>
  cases.some((each) => each.result === 'failed') ? EXIT.failed : EXIT.ok;

const PAINT: Readonly<Record<CaseResult['result'], (text: string) => string>> = {
  ok: colors.green,
  differs: colors.yellow,
  skipped: colors.dim,
  failed: colors.red,
};

/** Lines of the transcript of a failed case that are shown unless all are asked for. */
const LAST_LINES = 12;

function line(each: CaseResult, verbose: boolean): string {
  const note = each.note === undefined ? '' : colors.dim(`: ${each.note}`);
  const head = `${PAINT[each.result](each.result.padEnd(8))} ${colors.bold(each.id.padEnd(18))} ${each.title}${note}\n`;
  if (!verbose && each.result !== 'failed') return head;
  const lines = verbose ? each.transcript : each.transcript.slice(-LAST_LINES);
  return head + lines.map((said) => `           ${said}\n`).join('');
}

function counts({ cases }: Conformance): Readonly<Record<CaseResult['result'], number>> {
  const of = (result: CaseResult['result']) => cases.filter((each) => each.result === result).length;
  return { ok: of('ok'), differs: of('differs'), skipped: of('skipped'), failed: of('failed') };
}

function summary(result: Conformance): string {
  const found = Object.entries(counts(result)).map(([word, count]) => `${count} ${word}`);
  return `\n${DIALECT[result.dialect].title}, "${result.greeting}": ${found.join(', ')}\n`;
}

const asJson = (port: string, result: Conformance) => ({
  port,
  greeting: result.greeting,
  dialect: result.dialect,
  conforms: exitCode(result) === EXIT.ok,
  counts: counts(result),
  cases: result.cases,
});

function dialectOf(text: string): DialectId | 'auto' {
  const found = (['auto', ...DIALECTS] as const).find((each) => each === text);
  if (found) return found;
  throw new RigError('USAGE', 'file', `there is no dialect "${text}"`, {
    hint: `Dialects: auto, ${DIALECTS.join(', ')}.`,
  });
}
