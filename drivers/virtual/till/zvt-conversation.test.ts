import assert from 'node:assert/strict';
import { manualClock } from '../terminal/testing/manual-clock.ts';
import { type Answered, converse } from './zvt-conversation.ts';

const STATUS = Buffer.from('040f022700', 'hex');
const LINE = Buffer.from('06d10400414243', 'hex');
const TAKEN = Buffer.from('800000', 'hex');

/** A terminal's end of a network cable, on a bench that runs sixty times as fast as the day. */
function talking(clock = { ...manualClock(), rate: 60 }) {
  let hear: (bytes: Uint8Array) => void = () => {};
  const onData = (listener: typeof hear) => {
    hear = listener;
  };
  const talk = converse(
    { serial: false, write: () => {}, onData },
    clock,
    () => true,
    () => {},
  );
  const answers: Answered[] = [];
  const say = (apdu: Uint8Array) => void talk.say(apdu).then((answered) => answers.push(answered));
  return { clock, say, answers, hear: (bytes: Uint8Array) => hear(bytes) };
}

describe("the terminal's end of a ZVT conversation", () => {
  it('gives up an answer after T3, however fast the clock runs', async () => {
    const { clock, say, answers } = talking();
    say(STATUS);
    await clock.advance(4900);
    assert.deepEqual(answers, []);
    await clock.advance(200);
    assert.deepEqual(answers, ['not']);
  });

  it('gives a till that prints time to set a receipt', async () => {
    const { clock, say, answers, hear } = talking();
    say(LINE);
    await clock.advance(17_000);
    hear(TAKEN);
    await clock.advance(0);
    assert.deepEqual(answers, ['yes']);
  });

  it('takes no answer after T3, also when it is read before the timer is', async () => {
    let now = 0;
    const { clock, say, answers, hear } = talking({ ...manualClock(), rate: 60, now: () => now });
    say(STATUS);
    now = 8000;
    hear(TAKEN);
    await clock.advance(0);
    assert.deepEqual(answers, ['not']);
  });
});
