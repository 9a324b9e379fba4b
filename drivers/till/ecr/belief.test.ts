import assert from 'node:assert/strict';
import { readMessage, writeMessage } from '../../codec/ecr/message.ts';
import { manualClock } from '../../virtual/terminal/testing/manual-clock.ts';
import { loadProtocol } from '../protocol-file.ts';
import { recoverEndOfDay, sumBefore } from './belief.ts';
import type { Session } from './session.ts';

/** A terminal that tells its totals, and nothing else. */
const telling = (name: string, values: Readonly<Record<string, string>>) => {
  const protocol = loadProtocol(name);
  const reply = protocol.exchanges['totals']?.reply ?? '';
  const message = readMessage(protocol, writeMessage(protocol, reply, { values }), 'terminal');
  assert.ok(message);
  const session: Session = {
    run: async () => ({ end: { how: 'answered', message }, listed: [], receipt: [] }),
    closed: new Promise(() => {}),
    close: async () => {},
  };
  return { protocol, clock: manualClock(), open: async () => session };
};
const day = async (name: string, values: Readonly<Record<string, string>>, before?: number) =>
  (await recoverEndOfDay({ ...telling(name, { result: 'approved', ...values }), before })).outcome;
const sum = async (name: string, values: Readonly<Record<string, string>>) => {
  const { protocol, clock, open } = telling(name, { result: 'approved', ...values });
  return sumBefore(protocol, clock, open, 1000);
};

describe('an end of day whose end was lost', () => {
  it('is known by how many payments the terminal still holds', async () => {
    assert.equal(await day('transbank', { count: '0', total: '0' }), 'approved');
    assert.equal(await day('transbank', { count: '2', total: '0' }), 'declined');
    assert.equal(await sum('transbank', { count: '2', total: '100' }), undefined);
  });

  it('is known by their sum where no count is told and there was one before, and unknown otherwise', async () => {
    assert.equal(await sum('ecr17', { total: '4500' }), 4500);
    assert.equal(await day('ecr17', { total: '0' }, 4500), 'approved');
    assert.equal(await day('ecr17', { total: '4500' }, 4500), 'declined');
    assert.equal(await day('ecr17', { total: '0' }, 0), 'unknown');
    assert.equal(await day('ecr17', { total: '0' }), 'unknown');
  });
});
