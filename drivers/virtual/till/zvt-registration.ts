import type { ZvtApdu } from '../../codec/zvt/apdu.ts';
import { apdu, bcd, bmp, holding, tag } from '../../codec/zvt/build.ts';
import type { TextSet } from '../../codec/zvt/print.ts';
import { find } from '../../codec/zvt/show.ts';

/** What the till that has registered wants; it holds until it logs off, over cables that come and go. */
export interface Registration {
  /** It prints the receipts of payments, of everything else. */
  readonly payments: boolean;
  readonly administration: boolean;
  /** It wants to hear of intermediate states. */
  readonly states: boolean;
  /** Receipts are sent to it line by line, or in blocks; else it makes them of the status information. */
  readonly paper: 'none' | 'lines' | 'blocks';
  readonly columns: number | undefined;
  readonly texts: TextSet;
  /** The currency it named, which is then told with every amount. */
  readonly currency: string | undefined;
}

/** Nobody has registered: the terminal prints by itself and tells no states. */
export const UNREGISTERED: Registration = {
  payments: false,
  administration: false,
  states: false,
  paper: 'none',
  columns: undefined,
  texts: 'cp437',
  currency: undefined,
};

/** Reads a registration (06 00); undefined for a currency that the terminal does not do. */
export function registrationOf(said: ZvtApdu, currency: string): Registration | undefined {
  const config = said.fields.find(({ id }) => id === 'config')?.value[0] ?? 0;
  const told = said.fields.find(({ id }) => id === 'currency');
  const numeric = told && Buffer.from(told.value).toString('hex').slice(1);
  if (numeric !== undefined && numeric !== currency) return undefined;
  const columns = Buffer.from(find(said.fields, '12')?.value ?? []).toString('hex');
  return {
    payments: (config & 0x02) !== 0,
    administration: (config & 0x04) !== 0,
    states: (config & 0x08) !== 0,
    paper: (config & 0x80) === 0 ? 'none' : permits(said, '06D3') ? 'blocks' : 'lines',
    columns: /^\d+$/.test(columns) ? Number(columns) : undefined,
    texts: setsOf(said).includes(0xfe) ? 'utf-8' : 'cp437',
    currency: numeric,
  };
}

const permits = ({ fields }: ZvtApdu, command: string): boolean =>
  (find(fields, '26')?.children ?? []).some(
    ({ id, value }) => id === '0A' && Buffer.from(value).toString('hex').toUpperCase() === command,
  );

/** Character sets that the till names, alone (tag 14) or in a list (27). */
const setsOf = ({ fields }: ZvtApdu): (number | undefined)[] => {
  const container = fields.find(({ id }) => id === '06');
  const list = find(fields, '27')?.children ?? [];
  return [...(container?.children ?? []), ...list]
    .filter(({ id }) => id === '14')
    .map(({ value }) => value[0]);
};

/** The completion of a registration: what was agreed. */
export function registered({ columns, texts, currency }: Registration, terminalId: string): Uint8Array {
  const agreed = [
    ...(columns === undefined ? [] : [tag('12', bcd(String(Math.min(columns, PAPER_COLUMNS)), 1))]),
    ...(texts === 'utf-8' ? [holding('27', tag('14', 0xfe))] : []),
  ];
  return apdu(
    '060F',
    bmp('19', '00'),
    bmp('29', terminalId),
    ...(currency === undefined ? [] : [bmp('49', currency)]),
    ...(agreed.length > 0 ? [holding('06', ...agreed)] : []),
  );
}

/** What the terminal's slips are set in. */
const PAPER_COLUMNS = 32;
