import assert from 'node:assert/strict';
import { framingOf } from '../codec/ecr/framing.ts';
import { readMessage, writeMessage } from '../codec/ecr/message.ts';
import type { Protocol } from '../codec/ecr/protocol.ts';
import { deframe } from '../codec/framing/scanner.ts';
import { readApdu } from '../codec/zvt/apdu.ts';
import { manualClock } from '../virtual/terminal/testing/manual-clock.ts';
import { type AttachTill, ecrTill, zvtTill } from '../virtual/till/till-port.ts';
import { ask, type Dialogue, dialogueStep } from './ecr/dialogue.ts';
import { fuzz } from './messages.fuzz.ts';
import { loadProtocol } from './protocol-file.ts';
import { sellingTerminal } from './testing/selling-terminal.ts';
import * as zvt from './zvt/dialogue.ts';

const ACK = Uint8Array.of(0x06);
const FLOOD = 5000;

/** A terminal's end, with all that it says. */
function plugged(attach: AttachTill, serial: boolean) {
  const clock = manualClock();
  const said: Uint8Array[] = [];
  let hear: (bytes: Uint8Array) => void = () => {};
  const write = (bytes: Uint8Array) => void said.push(bytes.slice());
  const onData = (listener: (bytes: Uint8Array) => void) => {
    hear = listener;
  };
  attach({ serial, write, onData }, sellingTerminal(), clock);
  return { clock, said, hear: (bytes: Uint8Array) => hear(bytes) };
}

/** How many messages of this name there are in what was said. */
function told(protocol: Protocol, serial: boolean, said: readonly Uint8Array[], name: string): number {
  const setup = serial ? protocol.links.serial : protocol.links.tcp;
  assert.ok(setup);
  const deframer = deframe(framingOf(setup.framing));
  const items = said.flatMap((bytes) => [...deframer.push(bytes), ...deframer.flush()]);
  return items.filter(
    (item) => item.type === 'frame' && readMessage(protocol, item.payload, 'terminal')?.name === name,
  ).length;
}

describe('a flood on the till link', () => {
  for (const [name, serial, questions, answer] of [
    ['transbank', true, ['get-totals', 'last-sale'], 'totals-told'],
    ['caisse-ap', false, ['duplicate', 'duplicate'], 'result'],
    ['example-mis', false, ['query', 'query'], 'result'],
  ] as const) {
    it(`${name}: a till that asks and never listens is not kept waiting in memory, and is heard again later`, async () => {
      const protocol = loadProtocol(name);
      const setup = serial ? protocol.links.serial : protocol.links.tcp;
      assert.ok(setup);
      const { frame } = framingOf(setup.framing);
      const asked = questions.map((one) => frame(writeMessage(protocol, one, { values: {} })));
      const { clock, said, hear } = plugged(ecrTill(protocol), serial);
      for (let i = 0; i < FLOOD; i++) hear(asked[i % 2] ?? ACK);
      // From now on every frame is acknowledged: all that was kept is said.
      for (let second = 0; second < 300; second++) {
        await clock.advance(1000);
        if (serial) hear(ACK);
      }
      assert.ok(told(protocol, serial, said, answer) <= 40, `${told(protocol, serial, said, answer)}`);
      said.length = 0;
      hear(asked[0] ?? ACK);
      await clock.advance(10_000);
      assert.ok(told(protocol, serial, said, answer) >= 1);
    });
  }

  it('zvt: the same', async () => {
    const { clock, said, hear } = plugged(zvtTill(), false);
    const diagnosis = Buffer.from('067000', 'hex');
    for (let i = 0; i < FLOOD; i++) hear(diagnosis);
    const answers = said.filter((bytes) => bytes[0] === 0x80).length;
    assert.ok(answers < FLOOD / 2, `${answers} commands were taken`);
    for (let i = 0; i < FLOOD; i++) {
      hear(Buffer.from('800000', 'hex'));
      if (i % 100 === 0) await clock.advance(0);
    }
    await clock.advance(60_000);
    said.length = 0;
    hear(diagnosis);
    await clock.advance(100);
    assert.deepEqual(
      said.map((bytes) => Buffer.from(bytes).toString('hex')),
      ['800000', '060f00'],
    );
  });

  it('a terminal that lists for ever fills no memory of the till', () => {
    const transbank = loadProtocol('transbank');
    const exchange = transbank.exchanges['detail'];
    const one = readMessage(
      transbank,
      writeMessage(transbank, 'one-sale', { values: { 'auth-code': '654321' } }),
      'terminal',
    );
    assert.ok(exchange && one);
    let state: Dialogue = ask(exchange).state;
    for (let i = 0; i < 12_000; i++) ({ state } = dialogueStep(state, { type: 'message', message: one }));
    assert.equal(state.listed.length, 10_000);

    let printing: zvt.Dialogue = zvt.ask(Buffer.from('0601070400000000', 'hex')).state;
    const line = Buffer.from('06d10400414243', 'hex');
    assert.equal(readApdu(line).control, '06D1');
    // It has taken the command: what it lists before that is not this command's.
    const taken = Buffer.from('800000', 'hex');
    ({ state: printing } = zvt.dialogueStep(printing, { type: 'apdu', bytes: taken }));
    for (let i = 0; i < 6000; i++)
      ({ state: printing } = zvt.dialogueStep(printing, { type: 'apdu', bytes: line }));
    assert.equal(printing.lines.length, 5000);
  });
});

describe('messages that are changed on the way', () => {
  it('kill and hang neither end, and the next payment is paid, in every protocol', async () => {
    const told = await fuzz({ count: 66, seed: 1, progress: () => {} });
    assert.match(told, /^66 conversations of 11 kinds/);
  });
});
