import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { RigError } from '../../rig/model/errors.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { readOrSay, readSecretFile } from '../transport/secret-file.ts';
import { type Pem, TestAuthority } from '../transport/test-ca.ts';
import { fingerprintOf } from '../transport/tls.ts';

const Options = z.object({
  out: z.string(),
  name: z.string(),
  client: z.string().optional(),
  rsa: z.boolean().default(false),
});

const NAME = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,62}$/;

/** `posrig host certificates`: a test authority of the bench, a server certificate, and a client's if asked for. */
export async function certificatesVerb(given: Record<string, unknown>): Promise<number> {
  const { out, name, client, rsa } = Options.parse(given);
  const names = name.split(',').map((one) => one.trim());
  for (const one of [...names, ...(client === undefined ? [] : [client])]) {
    if (!NAME.test(one)) throw new RigError('USAGE', 'file', `"${one}" is no host name and no IP address`);
  }
  const folder = resolve(out);
  mkdirSync(folder, { recursive: true });
  const authority = await authorityIn(folder, rsa);
  write(folder, 'server', await authority.issue(names));
  if (client !== undefined) write(folder, client, await authority.issue([client], { for: 'client' }));
  return EXIT.ok;
}

async function authorityIn(folder: string, rsa: boolean): Promise<TestAuthority> {
  const [certificate, key] = [join(folder, 'ca.pem'), join(folder, 'ca-key.pem')];
  if (existsSync(certificate) && existsSync(key)) {
    return TestAuthority.load({
      certificate: readOrSay(certificate).toString('latin1'),
      key: readSecretFile(key).toString('latin1'),
    });
  }
  const authority = await TestAuthority.create('posrig test authority', rsa ? 'rsa' : 'ecdsa');
  write(folder, 'ca', authority.pem);
  return authority;
}

function write(folder: string, name: string, pem: Pem): void {
  const file = join(folder, `${name}.pem`);
  writeFileSync(file, pem.certificate);
  writeFileSync(join(folder, `${name}-key.pem`), pem.key, { mode: 0o600 });
  process.stdout.write(`${file}  SHA-256 ${fingerprintOf(new X509Certificate(pem.certificate))}\n`);
}
