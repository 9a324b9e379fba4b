import assert from 'node:assert/strict';
import { manualClock } from '../virtual/terminal/testing/manual-clock.ts';
import { KEPT_WAITING, type LinkStream } from './stream.ts';
import { openSession } from './zvt/session.ts';

/** A terminal that asks for patience every minute, and never says anything else. */
function patientTerminal(first: string, again: string) {
  const clock = manualClock();
  let hear: (bytes: Uint8Array) => void = () => {};
  const stream: LinkStream = {
    serial: false,
    write: () => {},
    onData: (listener) => {
      hear = listener;
    },
    closed: new Promise(() => {}),
    close: async () => {},
  };
  const wait = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      if (minute === 0) hear(Buffer.from(first, 'hex'));
      hear(Buffer.from(again, 'hex'));
      await clock.advance(60_000);
    }
  };
  return { clock, stream, wait };
}

describe('a till that is kept waiting for ever', () => {
  it('takes the link for lost after half an hour, however often it is asked for patience', async () => {
    const { clock, stream, wait } = patientTerminal('800000', '04ff0117');
    let how: unknown;
    const run = openSession(stream, clock).run(Buffer.from('065003000000', 'hex'));
    void run.then(({ end }) => {
      how = end;
    });
    await wait(29);
    assert.equal(how, undefined, 'people may take their time');
    await wait(2);
    assert.deepEqual(how, { how: 'lost', why: KEPT_WAITING });
  });
});
