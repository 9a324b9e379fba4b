import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { isRigError } from '../../rig/model/errors.ts';
import { makeClock } from '../../rig/model/time.ts';
import { makeContext } from '../devices/testing/context.ts';
import { options as keypadOptions, open as openKeypad } from '../keypad/by-operator/by-operator.ts';
import { attachPerson } from '../virtual/devices/person.ts';
import { openPseudoTerminal } from '../virtual/pty.ts';
import { makeRandom } from '../virtual/random.ts';
import { consoleDesk } from './console-desk.ts';
import { answerOf, readAnswer } from './desk.ts';
import { open, options } from './operator.ts';

describe('operator', () => {
  const clock = makeClock(200);
  const never = new AbortController().signal;

  it('at the console: questions in words, answers a line each, and who gave them', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const desk = consoleDesk('wang', clock, never, input, output);
    input.write('\n');
    assert.deepEqual(await desk.ask({ text: 'press the key 5 once' }, 1000), {
      by: 'wang',
      text: '',
      refused: false,
    });
    assert.match(String(output.read()), /press the key 5 once/);
    input.write('no, it is stuck\n');
    assert.equal((await desk.ask({ text: 'again' }, 1000)).refused, true);
    input.end();
    await assert.rejects(
      desk.ask({ text: 'and now' }, 1000),
      (error) => isRigError(error) && error.code === 'OPERATOR_REFUSED' && error.blame === 'bench',
    );
    await desk.close();
  });

  it('gives up when the run is cancelled', async () => {
    const abort = new AbortController();
    const desk = consoleDesk('wang', clock, abort.signal, new PassThrough(), new PassThrough());
    const asked = desk.ask({ text: 'press' }, 60_000);
    abort.abort(new Error('cancelled'));
    await assert.rejects(asked, /cancelled/);
    await desk.close();
  });

  it('reads any answer without failing', () => {
    assert.equal(answerOf('不行', 'x').refused, true);
    assert.equal(answerOf('not yet seen', 'x').refused, false);
    fc.assert(fc.property(fc.string(), (text) => void [readAnswer(text), answerOf(text, 'x')]));
    assert.equal(readAnswer('{"by":""}'), undefined);
  });

  describe('a person at a desk of their own', () => {
    it('presses what they are asked to; who they are is recorded, a digit of a PIN never', async () => {
      const port = await openPseudoTerminal();
      const context = makeContext(clock);
      const touched: string[] = [];
      const keys = Object.keys(context.profile.keypad.keys);
      const terminal = {
        keyDown: (key: string) => void touched.push(`+${key}`),
        keyUp: (key: string) => void touched.push(`-${key}`),
      };
      attachPerson(port, { name: 'li' }, keys, terminal, clock, makeRandom(1));
      const hand = await openKeypad(keypadOptions.parse({ port: port.path }), context);
      await hand.press('1');
      const before = context.events.length;
      await hand.press('7', { secret: true });
      assert.ok(
        context.events.slice(before).every((event) => event.type === 'bytes' && event.withheld === 'pin'),
      );
      await hand.press('enter');
      await hand.close();
      await port.close();
      assert.deepEqual(touched, ['+1', '-1', '+7', '-7', '+enter', '-enter']);
      const notes = context.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
      assert.deepEqual(notes, ['keypad: li presses the keys']);
    });

    it('answers questions of the operator plane, and refuses what makes no sense to them', async () => {
      const port = await openPseudoTerminal();
      const context = makeContext(clock);
      attachPerson(port, { name: 'li' }, [], { keyDown: () => {}, keyUp: () => {} }, clock, makeRandom(1));
      const operator = await open(options.parse({ port: port.path }), context);
      assert.match(await operator.ask('is the cover 关 closed?'), /what do you mean/);
      assert.ok(
        context.events.some(
          (event) => event.type === 'note' && event.text.startsWith('operator li was asked'),
        ),
      );
      await operator.close();
      await port.close();
    });
  });
});
