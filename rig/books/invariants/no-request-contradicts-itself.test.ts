import assert from 'node:assert/strict';
import { Story } from '../fixture.ts';
import { noRequestContradictsItself as invariant } from './no-request-contradicts-itself.ts';

describe(invariant.name, () => {
  const FORM = 'not so: a chip that was read is named by its card sequence number (F23 absent)';
  const story = (checks: Readonly<Record<string, string>>) => {
    const told = new Story();
    told.transaction();
    const [exchange] = told.exchanges;
    assert.ok(exchange);
    told.exchanges[0] = { ...exchange, checks };
    return told;
  };

  it('holds while nobody has noted anything', () => {
    assert.equal(story({ mac: 'ok' }).judge(invariant).holds, 'yes');
  });

  it('is broken by a request that whoever watches the line found wrong, quoting what', () => {
    const judged = story({ mac: 'ok', form: FORM }).judge(invariant);
    assert.ok(judged.holds === 'no' && judged.blame === 'terminal');
    assert.match(judged.reason, /sale request, voucher 000001.*F23 absent/);
  });

  it('is no matter where the MAC shows that others altered the message, or a fault did', () => {
    assert.equal(story({ mac: 'wrong', form: FORM }).judge(invariant).holds, 'yes');
    const disturbed = [{ message: { kind: 'sale', stan: '000001' }, spoilt: true, from: 0, to: 1e9 }];
    assert.equal(story({ form: FORM }).judge(invariant, { disturbed }).holds, 'yes');
  });
});
