import assert from 'node:assert/strict';
import { unpackWorkingKeys, type WorkingKeys } from '../../codec/iso8583/index.ts';
import { AcquirerBench } from '../testing/acquirer-bench.ts';
import { keys, requests, TERMINAL } from '../testing/terminal.ts';

describe('acquirer: renewal of the working keys at a sign-on', () => {
  const signOn = (bench: AcquirerBench): WorkingKeys => {
    const { fields } = bench.ask(requests.signOn());
    const terminal = keys.terminals.get(TERMINAL);
    assert.ok(terminal && fields['39'] === '00');
    return unpackWorkingKeys(terminal.tmk, Buffer.from(fields['62'] ?? '', 'hex'));
  };
  const noPin = { '52': undefined, '53': undefined, '26': undefined, '22': '052' };
  const sale = (stan: string) => {
    const [mti, fields] = requests.sale(stan, 100, noPin as never);
    const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
    return [mti, Object.fromEntries(kept)] as [string, typeof fields];
  };

  it('gives new ones as often as it is told, each time others, and takes no old ones any more', () => {
    const bench = new AcquirerBench().policy({ 'renew-keys': 2 });
    const [first, second] = [signOn(bench), signOn(bench)];
    assert.notDeepEqual(first.mak, keys.working.mak);
    assert.notDeepEqual(first.mak, second.mak);
    assert.equal(second.pik.length, 16);
    assert.notDeepEqual(second.tdk, keys.working.tdk);
    bench.raw(sale('000002'), first.mak);
    assert.equal(bench.checks['mac'], 'wrong');
    bench.raw(sale('000003'), second.mak);
    assert.equal(bench.checks['mac'], 'ok');
  });

  it('goes back to those of the key file afterwards; a new policy alone changes no keys', () => {
    const bench = new AcquirerBench().policy({ 'renew-keys': 1 });
    const fresh = signOn(bench);
    bench.policy({});
    bench.raw(sale('000002'), fresh.mak);
    assert.equal(bench.checks['mac'], 'ok');
    assert.deepEqual(signOn(bench).mak, keys.working.mak);
    bench.raw(sale('000003'));
    assert.equal(bench.checks['mac'], 'ok');
  });
});
