import { resolve } from 'node:path';
import { valueOrThrow } from '../bench/load-issue.ts';
import { payloadOf } from '../campaign/bag.ts';
import { collectedRuns, folderOf, headOfCampaign, recordPath } from '../campaign/collection.ts';
import { loadCampaign } from '../campaign/load.ts';
import type { Damage, Verification } from '../journal/seal/index.ts';
import {
  newKey,
  PASSPHRASE_VARIABLE,
  sealCampaign,
  sealRun,
  signingKey,
  toHex,
  verifyEvidence,
  verifyingKey,
} from '../journal/seal/index.ts';
import { counted } from '../model/counted.ts';
import { RigError } from '../model/errors.ts';
import { EXIT } from '../model/verdict.ts';
import { colors } from './output.ts';

const print = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`);
const json = (value: unknown) => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** `posrig seal <run or campaign>`: a BagIt bag of a run, or of a campaign with all its runs; signed when a key is given. */
export async function seal(
  run: string,
  options: { readonly out?: string; readonly key?: string; readonly json?: boolean },
): Promise<number> {
  const isCampaign = /\.ya?ml$/i.test(run);
  const out = resolve(options.out ?? `${resolve(run).replace(/\.ya?ml$/i, '')}.bag`);
  const key = options.key === undefined ? undefined : signingKey(options.key);
  const how = { out, ...(key ? { key } : {}) };
  const { path, files, bytes, facts, fingerprint } = isCampaign
    ? await sealCampaign(payloadOf(valueOrThrow(loadCampaign(run))), how)
    : await sealRun(run, how);
  const head = facts.head === undefined ? undefined : toHex(facts.head);
  if (options.json) {
    json({ path, files, bytes, complete: facts.complete, events: facts.events, head, signedBy: fingerprint });
    return EXIT.ok;
  }
  print([
    `${colors.green('sealed')} ${path}`,
    `  ${counted(files, 'file')}, ${(bytes / 1e6).toFixed(1)} MB, ${counted(facts.events, 'event')}${facts.complete ? '' : colors.yellow('; the run was interrupted')}`,
    ...(head === undefined ? [] : [`  head of the hash chain  ${head}`]),
    fingerprint === undefined
      ? '  not signed (--key signs; posrig key new makes a key)'
      : `  signed by  ${fingerprint}`,
    `  check it with  posrig verify ${path}`,
  ]);
  return EXIT.ok;
}

/** `posrig verify <bag or run>`: exit code 0 when everything is as it was written, 4 when not. */
export async function verify(
  folder: string,
  options: { readonly key?: string; readonly head?: string; readonly json?: boolean },
): Promise<number> {
  if (options.head !== undefined && !/^[0-9a-f]{64}$/i.test(options.head)) {
    throw new RigError('USAGE', 'file', '--head takes the 64 hexadecimal digits of a head', {
      hint: 'They stand on the cover of the report.',
    });
  }
  if (/\.ya?ml$/i.test(folder)) return verifyCampaign(folder, options);
  const result = await verifyEvidence(folder, {
    ...(options.key === undefined ? {} : { key: verifyingKey(options.key) }),
    ...(options.head === undefined ? {} : { head: options.head }),
  });
  const intact = result.damage.length === 0;
  if (options.json) json(toldOf(result));
  else print(linesOf(folder, result));
  return intact ? EXIT.ok : EXIT.damaged;
}

/** `posrig verify <campaign>`: every run of it, and with `--head` that these are all of them, in their order. */
async function verifyCampaign(
  file: string,
  options: { readonly head?: string; readonly json?: boolean },
): Promise<number> {
  const campaign = valueOrThrow(loadCampaign(file));
  const runs = collectedRuns(campaign.file);
  const head = headOfCampaign(runs);
  const damage: Damage[] = [];
  for (const run of runs) {
    const found = await verifyEvidence(folderOf(run, campaign.file), { head: run.head });
    damage.push(...found.damage.map(({ place, what }) => ({ place: `${run.run}/${place}`, what })));
  }
  if (options.head !== undefined && options.head.toLowerCase() !== head)
    damage.push({
      place: recordPath(campaign.file),
      what: `its runs have the head ${head} together, not the one that was asked for`,
    });
  const intact = damage.length === 0;
  if (options.json) json({ kind: 'campaign', intact, damage, runs: runs.length, head });
  else
    print([
      `${intact ? colors.green('intact') : colors.red('damaged')} ${file}`,
      ...damage.slice(0, SHOWN).map(({ place, what }) => `  ${place}: ${what}`),
      ...(damage.length > SHOWN ? [`  … and ${damage.length - SHOWN} more`] : []),
      `  ${counted(runs.length, 'run')}, head of the campaign  ${head}`,
    ]);
  return intact ? EXIT.ok : EXIT.damaged;
}

const toldOf = ({ kind, damage, facts, signature }: Verification) => ({
  kind,
  intact: damage.length === 0,
  damage,
  complete: facts?.complete,
  events: facts?.events,
  head: facts?.head === undefined ? undefined : toHex(facts.head),
  signature,
});

/** What is said of a signer: by the key that was asked for, by another one, or nobody asked. */
const KEY_KNOWN: Readonly<Record<string, string>> = {
  true: '',
  false: '  (not the key that was asked for)',
  undefined: '  (whose key that is, nobody checked: --key does)',
};

/** Damage that is listed on the console; --json has all of it. */
const SHOWN = 20;

function linesOf(folder: string, { kind, damage, facts, signature }: Verification): readonly string[] {
  const lines =
    damage.length === 0
      ? [`${colors.green('intact')} ${folder}`]
      : [
          `${colors.red('damaged')} ${folder}`,
          ...damage.slice(0, SHOWN).map(({ place, what }) => `  ${place}: ${what}`),
        ];
  if (damage.length > SHOWN) lines.push(`  … and ${damage.length - SHOWN} more`);
  if (facts) {
    const passed = facts.verdicts.filter(({ verdict }) => verdict === 'passed').length;
    lines.push(
      `  ${counted(facts.events, 'event')}, ${counted(facts.verdicts.length, 'scenario')}, ${passed} passed${facts.complete ? '' : colors.yellow('; the run was interrupted')}`,
    );
    if (facts.head !== undefined) lines.push(`  head of the hash chain  ${toHex(facts.head)}`);
  }
  if (kind === 'run')
    lines.push('  not sealed: a cut tail of its journal would not be noticed (posrig seal)');
  else if (signature === undefined)
    lines.push('  not signed: whoever could write the files could make the seal, too');
  else lines.push(`  signed by  ${signature.fingerprint}${KEY_KNOWN[String(signature.known)] ?? ''}`);
  return lines;
}

/** `posrig key new <file>`: an Ed25519 key pair for seals. */
export function keyNew(path: string, options: { readonly json?: boolean }): number {
  const made = newKey(resolve(path), process.env[PASSPHRASE_VARIABLE]);
  if (options.json) {
    json(made);
    return EXIT.ok;
  }
  const locked = Boolean(process.env[PASSPHRASE_VARIABLE]);
  print([
    `private key  ${made.privatePath}  (keep it secret${locked ? '; it needs its passphrase' : `; set ${PASSPHRASE_VARIABLE} to protect it with a passphrase`})`,
    `public key   ${made.publicPath}  (give it to whoever verifies)`,
    `fingerprint  ${made.fingerprint}`,
  ]);
  return EXIT.ok;
}
