import { z } from 'zod';
import { IssuerKey, type WorkingKeys } from '../../codec/iso8583/index.ts';
import { checkSecretFile } from '../../transport/secret-file.ts';
import { hexKey, MasterKey, masterKeyOf, NetworkAddress, readSecretYaml, workingKeysOf } from '../keys.ts';

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
        nii: NetworkAddress.optional(),
      }),
    )
    .min(1),
  'working-keys': z.strictObject({
    pik: hexKey(8, 16).describe('PIN key'),
    mak: hexKey(8, 16).describe('MAC key'),
    tdk: hexKey(8, 16).optional().describe('track key'),
  }),
  'issuer-keys': z.array(IssuerKey).default([]).describe('master keys of the issuers of the test cards'),
});

/** A terminal as the acquirer has registered it. */
export interface RegisteredTerminal {
  readonly id: string;
  readonly merchant: string;
  readonly home: string;
  readonly tmk: Uint8Array;
  /** Destination that its TPDUs must have; undefined: any. */
  readonly nii?: string;
}

export interface HostKeys {
  readonly terminals: ReadonlyMap<string, RegisteredTerminal>;
  readonly working: WorkingKeys;
  readonly issuers: readonly IssuerKey[];
}

/** Checked key file content in the form that the acquirer uses. */
export function hostKeysOf(file: z.infer<typeof KeyFile>): HostKeys {
  const terminals = file.terminals.map((terminal): [string, RegisteredTerminal] => [
    terminal['terminal-id'],
    {
      id: terminal['terminal-id'],
      merchant: terminal['merchant-id'],
      home: terminal.home,
      tmk: masterKeyOf(terminal.tmk, `terminal ${terminal['terminal-id']}`),
      ...(terminal.nii !== undefined && { nii: terminal.nii }),
    },
  ]);
  return {
    terminals: new Map(terminals),
    working: workingKeysOf(file['working-keys']),
    issuers: file['issuer-keys'],
  };
}

/**
 * Reads a key file. Throws FILE_UNREADABLE, FILE_SYNTAX or FILE_INVALID with the file's name, also when others than its
 * owner may read it; CRYPTO_KEY for a check value.
 */
export function loadKeys(path: string): HostKeys {
  checkSecretFile(path);
  return hostKeysOf(readSecretYaml(path, KeyFile));
}
