import { z } from 'zod';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { fitSchema } from '../../rig/bench/load-schema.ts';
import { readYaml } from '../../rig/bench/load-yaml.ts';
import { RigError } from '../../rig/model/errors.ts';
import { IssuerKey, kcv, type WorkingKeys } from '../codec/iso8583/index.ts';
import { checkSecretFile } from '../transport/secret-file.ts';

/** A test key as hex. What is wrong with one is said without showing it. */
export const hexKey = (...lengths: number[]) =>
  z
    .string()
    .regex(
      new RegExp(`^(${lengths.map((bytes) => `[0-9A-Fa-f]{${bytes * 2}}`).join('|')})$`),
      `expected a key of ${lengths.join(' or ')} bytes as hex`,
    )
    .describe(`a key of ${lengths.join(' or ')} bytes as hex`);

const Kcv = z
  .string()
  .regex(/^([0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$/, 'expected a check value of 6 or 8 hex digits')
  .describe('check value: the first 3 or 4 bytes of the key encrypting zeros, as hex');

/** A terminal master key: in one piece, or as the components that its custodians hold. */
export const MasterKey = z.union([
  hexKey(16, 24),
  z.strictObject({
    components: z
      .array(z.union([hexKey(16, 24), z.strictObject({ key: hexKey(16, 24), kcv: Kcv })]))
      .min(2)
      .max(9)
      .describe('the key is the XOR of them all'),
    kcv: Kcv,
  }),
]);
export type MasterKey = z.infer<typeof MasterKey>;

/** Where a terminal's TPDUs are to go. */
export const NetworkAddress = z
  .string()
  .regex(/^\d{4}$/, 'expected four digits in quotes such as "0003"')
  .describe('network address of the acquirer (destination in the TPDU of a request); without it any will do');

/**
 * Test keys of the terminals in front of a real host. Merchant data and working keys may stand there too, so that one
 * file serves observer and simulator; working keys are taken until a sign-on with new ones is seen.
 */
export const TerminalKeyFile = z.strictObject({
  version: z.literal(1),
  terminals: z
    .array(
      z.strictObject({
        'terminal-id': z.string().length(8),
        'merchant-id': z.string().length(15).optional(),
        'merchant-name': z.string().optional(),
        home: z.string().optional(),
        tmk: MasterKey.describe('terminal master key'),
        nii: NetworkAddress.optional(),
      }),
    )
    .min(1),
  'working-keys': z
    .strictObject({ pik: hexKey(8, 16), mak: hexKey(8, 16), tdk: hexKey(8, 16).optional() })
    .optional(),
  'issuer-keys': z.array(IssuerKey).default([]),
});

/** Keys by terminal id. */
export interface TerminalKeys {
  readonly masters: ReadonlyMap<string, Uint8Array>;
  /** Destinations that TPDUs must have, of terminals of which it is known. */
  readonly networks?: ReadonlyMap<string, string>;
  readonly working?: WorkingKeys;
  readonly issuers: readonly IssuerKey[];
}

/**
 * Reads a key file: permissions, form, and every check value. Errors name the file, the place and the terminal, never a
 * key. Throws FILE_UNREADABLE, FILE_SYNTAX, FILE_INVALID, or CRYPTO_KEY when a check value does not fit.
 */
export function loadTerminalKeys(path: string): TerminalKeys {
  checkSecretFile(path);
  const file = readSecretYaml(path, TerminalKeyFile);
  const masters = new Map<string, Uint8Array>();
  const networks = new Map<string, string>();
  for (const { 'terminal-id': id, tmk, nii } of file.terminals) {
    if (masters.has(id)) throw invalid(path, `the terminal ${id} stands there twice`);
    masters.set(id, masterKeyOf(tmk, `terminal ${id} in ${path}`));
    if (nii !== undefined) networks.set(id, nii);
  }
  const working = file['working-keys'];
  return {
    masters,
    networks,
    issuers: file['issuer-keys'],
    ...(working && { working: workingKeysOf(working) }),
  };
}

/** Working keys of a key file as bytes. */
export const workingKeysOf = ({
  pik,
  mak,
  tdk,
}: {
  readonly pik: string;
  readonly mak: string;
  readonly tdk?: string | undefined;
}): WorkingKeys => ({ pik: bytes(pik), mak: bytes(mak), ...(tdk !== undefined && { tdk: bytes(tdk) }) });

/** The clear key, put together and proved by its check value. Throws CRYPTO_KEY; `where` names it in the error. */
export function masterKeyOf(tmk: MasterKey, where: string): Uint8Array {
  if (typeof tmk === 'string') return bytes(tmk);
  const parts = tmk.components.map((component, i) => {
    if (typeof component === 'string') return bytes(component);
    const part = bytes(component.key);
    prove(part, component.kcv, `component ${i + 1} of the TMK of ${where}`);
    return part;
  });
  const [first = new Uint8Array(), ...rest] = parts;
  if (rest.some((part) => part.length !== first.length)) {
    throw new RigError('CRYPTO_KEY', 'file', `the TMK components of ${where} differ in length`);
  }
  const key = rest.reduce((sum, part) => sum.map((byte, i) => byte ^ (part[i] ?? 0)), first);
  prove(key, tmk.kcv, `the TMK of ${where}`);
  return key;
}

/** Check values are public: saying both helps to find the component that was mistyped. */
function prove(key: Uint8Array, expected: string, what: string): void {
  const found = kcv(key).slice(0, expected.length);
  if (found === expected.toUpperCase()) return;
  throw new RigError(
    'CRYPTO_KEY',
    'file',
    `${what} has check value ${found}, but the file says ${expected.toUpperCase()}`,
    { hint: 'One of the components is mistyped, missing or of another key.' },
  );
}

/** As `readFileAs`, but what is wrong is said without quoting it: it may be a key. */
export function readSecretYaml<T>(path: string, schema: z.ZodType<T>): T {
  const { source, issues } = readYaml(path);
  const all = source && issues.length === 0 ? fitSchema(schema, source) : { issues };
  return valueOrThrow<T>(
    all.issues.length === 0
      ? all
      : {
          issues: all.issues.map((issue) => ({
            ...issue,
            message: issue.message.replace(/"[^"]*"/g, '"…"'),
          })),
        },
  );
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

const invalid = (path: string, what: string) =>
  new RigError('FILE_INVALID', 'file', `${path}: ${what}`, { at: path });
