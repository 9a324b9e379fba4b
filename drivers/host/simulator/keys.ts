import { z } from 'zod';
import type { WorkingKeys } from '../../codec/iso8583/index.ts';
import { hexKey, MasterKey, masterKeyOf, readSecretYaml } from '../keys.ts';

/** What the acquirer knows of its terminals. Test keys only: the file holds them in clear. */
export const KeyFile = z.strictObject({
  version: z.literal(1),
  terminals: z
    .array(
      z.strictObject({
        'terminal-id': z.string().length(8),
        'merchant-id': z.string().length(15),
        'merchant-name': z.string(),
        home: z.string().describe('region in which the terminal is registered'),
        tmk: MasterKey.describe('terminal master key'),
      }),
    )
    .min(1),
  'working-keys': z.strictObject({
    pik: hexKey(8, 16).describe('PIN key'),
    mak: hexKey(8, 16).describe('MAC key'),
    tdk: hexKey(8, 16).optional().describe('track key'),
  }),
});

/** A terminal as the acquirer has registered it. */
export interface RegisteredTerminal {
  readonly id: string;
  readonly merchant: string;
  readonly home: string;
  readonly tmk: Uint8Array;
}

export interface HostKeys {
  readonly terminals: ReadonlyMap<string, RegisteredTerminal>;
  readonly working: WorkingKeys;
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** Checked key file content in the form that the acquirer uses. */
export function hostKeysOf(file: z.infer<typeof KeyFile>): HostKeys {
  const { pik, mak, tdk } = file['working-keys'];
  const terminals = file.terminals.map((terminal): [string, RegisteredTerminal] => [
    terminal['terminal-id'],
    {
      id: terminal['terminal-id'],
      merchant: terminal['merchant-id'],
      home: terminal.home,
      tmk: masterKeyOf(terminal.tmk, `terminal ${terminal['terminal-id']}`),
    },
  ]);
  return {
    terminals: new Map(terminals),
    working: { pik: bytes(pik), mak: bytes(mak), ...(tdk && { tdk: bytes(tdk) }) },
  };
}

/** Reads a key file. Throws FILE_UNREADABLE, FILE_SYNTAX or FILE_INVALID with the file's name, CRYPTO_KEY for a check value. */
export const loadKeys = (path: string): HostKeys => hostKeysOf(readSecretYaml(path, KeyFile));
