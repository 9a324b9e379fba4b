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
  const commands: string[] = [];
  const talk = converse(
    { serial: false, write: () => {}, onData },
    clock,
    () => true,
    (apdu) => commands.push(Buffer.from(apdu).toString('hex')),
  );
  const answers: Answered[] = [];
  const say = (apdu: Uint8Array) => void talk.say(apdu).then((answered) => answers.push(answered));
  return { clock, say, answers, commands, hear: (bytes: Uint8Array) => hear(bytes) };
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

  it('hears a command that no catalogue has, and waits for the second half of one', async () => {
    const { clock, commands, hear } = talking();
    hear(Buffer.from('067700', 'hex'));
    hear(Buffer.from('0677021234', 'hex'));
    // Neither of them is a command: another class, and no whole one.
    hear(Buffer.from('b0b100', 'hex'));
    hear(Buffer.from('06770212', 'hex'));
    await clock.advance(100_000);
    assert.deepEqual(commands, ['067700', '0677021234']);
    hear(Buffer.from('060107040000', 'hex'));
    await clock.advance(30_000);
    hear(Buffer.from('00000555', 'hex'));
    assert.deepEqual(commands.slice(2), ['06010704000000000555']);
    // However it is cut, alone or before and behind what everybody knows.
    for (const piece of ['06', '77', '02', '12', '34']) hear(Buffer.from(piece, 'hex'));
    hear(Buffer.from('0677010004', 'hex'));
    hear(Buffer.from('ee00067000', 'hex'));
    assert.deepEqual(commands.slice(3), ['0677021234', '06770100', '04ee00', '067000']);
    // Half a payment has other commands in it, when nobody waits for its other half any more.
    hear(Buffer.from('060107040000', 'hex'));
    await clock.advance(100_000);
    assert.equal(commands.length, 7);
    // A byte of noise in front of a known one makes no other command of it, or not for long.
    hear(Buffer.from('06060107040000000005550f067000', 'hex'));
    await clock.advance(100_000);
    assert.deepEqual(commands.slice(7), ['06010704000000000555', '067000']);
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
