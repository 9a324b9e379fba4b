import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { packaged } from '../../rig/model/package-root.ts';
import { kcv } from '../codec/iso8583/index.ts';
import { loadTerminalKeys, masterKeyOf } from './keys.ts';

const KEY = '11111111111111111111111111111111';
const PARTS = ['0123456789ABCDEFFEDCBA9876543210', '1032547698BADCFEEFCDAB8967452301'];
const hex = (key: Uint8Array | undefined) =>
  Buffer.from(key ?? [])
    .toString('hex')
    .toUpperCase();

describe('key files of terminals', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-keys-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  const file = (tmk: string, more = '') => {
    const path = join(folder, `keys ${++count}.yaml`);
    writeFileSync(path, `version: 1\nterminals:\n  - { terminal-id: "30001001", tmk: ${tmk} }\n${more}`, {
      mode: 0o600,
    });
    return path;
  };
  const error = (path: string): { message: string; hint?: string; code: string } => {
    try {
      loadTerminalKeys(path);
    } catch (thrown) {
      const { message, hint, code } = thrown as { message: string; hint?: string; code: string };
      for (const secret of [KEY, ...PARTS]) assert.ok(!`${message}${hint}`.includes(secret.slice(0, 20)));
      return { message, code, ...(hint === undefined ? {} : { hint }) };
    }
    return assert.fail('it was accepted');
  };

  it('puts a TMK together from components and proves it', () => {
    const whole = PARTS.map((part) => Uint8Array.from(Buffer.from(part, 'hex'))).reduce((a, b) =>
      a.map((x, i) => x ^ (b[i] ?? 0)),
    );
    const check = kcv(whole);
    const path = file(
      `{ components: ["${PARTS[0]}", { key: "${PARTS[1]}", kcv: "${kcv(Buffer.from(PARTS[1] ?? '', 'hex')).slice(0, 6)}" }], kcv: ${check} }`,
    );
    assert.equal(hex(loadTerminalKeys(path).masters.get('30001001')), hex(whole));
  });

  it('XOR of components, whatever they are (property)', () => {
    const part = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), (parts) => {
        const whole = new Uint8Array(16).map((_, i) => parts.reduce((sum, p) => sum ^ (p[i] ?? 0), 0));
        const key = masterKeyOf({ components: parts.map(hex), kcv: kcv(whole) }, 'x');
        assert.deepEqual(Buffer.from(key), Buffer.from(whole));
      }),
    );
  });

  it('tells a wrong component by both check values, of one component and of the whole', () => {
    const whole = error(file(`{ components: ["${PARTS[0]}", "${PARTS[1]}"], kcv: "000000" }`));
    assert.equal(whole.code, 'CRYPTO_KEY');
    assert.match(
      whole.message,
      /the TMK of terminal 30001001 in .* has check value [0-9A-F]{6}, but the file says 000000/,
    );
    const one = error(
      file(`{ components: [{ key: "${PARTS[0]}", kcv: "00000000" }, "${PARTS[1]}"], kcv: "000000" }`),
    );
    assert.match(one.message, /component 1 of the TMK/);
  });

  it('never shows a key in an error', () => {
    assert.match(error(file(`"${KEY}1"`)).message, /"…" is not valid/);
    assert.match(
      error(file(`{ components: ["${PARTS[0]}"], kcv: "000000" }`)).message,
      /keys 5|too short|not valid/,
    );
    error(file(`{ component: ["${PARTS[0]}", "${PARTS[1]}X"], kcv: "000000" }`));
    error(file(`"${KEY}"`, `working-keys: { pik: "${KEY}77", mak: "${KEY}" }`));
    error(file(`"${KEY}`));
  });

  it('refuses a file that others can read, with the command that mends it; the shipped test keys are public', () => {
    const path = file(`"${KEY}"`);
    chmodSync(path, 0o644);
    const { message, hint } = error(path);
    assert.match(message, /can be used by everybody on this machine \(mode 0644\)/);
    assert.equal(hint, `chmod 600 '${path}'`);
    assert.equal(hex(loadTerminalKeys(packaged('drivers/virtual/keys.yaml')).masters.get('30001001')), KEY);
  });
});
