import assert from 'node:assert/strict';
import { markedLength } from '../framing/marked-length.ts';
import { deframe } from '../framing/scanner.ts';
import type { Link, LinkEvent } from './link.ts';
import { numberedLink } from './numbered-link.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

/** One end, driven by events; tells in short what it did. */
function end(side: 'till' | 'terminal') {
  let link: Link = numberedLink({ frame: markedLength.frame, side, answerMs: 2000, repeats: 2 });
  const on = (event: LinkEvent): string[] => {
    const step = link.on(event);
    link = step.link;
    return step.effects.flatMap((effect) => {
      if (effect.type === 'write') return [Buffer.from(effect.bytes).toString('hex')];
      if (effect.type === 'deliver') return [`took ${Buffer.from(effect.payload).toString('latin1')}`];
      return effect.type === 'note' || effect.type === 'timer' ? [] : [effect.type];
    });
  };
  return {
    send: (text: string) => on({ type: 'send', payload: bytes(text) }),
    hear: (hex: string) =>
      deframe(markedLength)
        .push(Buffer.from(hex, 'hex'))
        .flatMap((item) => on({ type: 'item', item })),
    timeout: () => on({ type: 'timeout' }),
    idle: () => link.idle,
  };
}

/** As the protocol was published. */
const HELLO = '55aa010000000001cc33';
const WELCOME = '55aa020000000002cc33';
const THERE = '55aa000000000000cc33';
const numbered = (text: string, id: number, ack = 0) =>
  Buffer.from(markedLength.frame({ kind: 0, ack, id, data: bytes(text) })).toString('hex');
const acknowledging = (id: number) => numbered('', 0, id);

describe('a link whose messages have numbers', () => {
  it('the till says hello first; what it has to say follows the welcome, and is done when its number comes back', () => {
    const till = end('till');
    assert.deepEqual(till.send('sale'), [HELLO]);
    assert.deepEqual(till.hear(THERE), []);
    assert.deepEqual(till.hear(WELCOME), [numbered('sale', 1)]);
    assert.deepEqual(till.send('more'), []);
    assert.deepEqual(till.hear(acknowledging(7)), []);
    assert.deepEqual(till.hear(acknowledging(1)), ['sent', numbered('more', 2)]);
    // The answer may carry the number along.
    assert.deepEqual(till.hear(numbered('paid', 1, 2)), [acknowledging(1), 'sent', 'took paid']);
    assert.deepEqual(till.hear(numbered('paid', 1, 2)), [acknowledging(1)]);
    assert.ok(till.idle());
  });

  it('repeats what is not answered, and gives it up', () => {
    const till = end('till');
    till.send('sale');
    assert.deepEqual(till.timeout(), [HELLO]);
    till.hear(WELCOME);
    assert.deepEqual(till.timeout(), [numbered('sale', 1)]);
    assert.deepEqual(till.timeout(), [numbered('sale', 1)]);
    assert.deepEqual(till.timeout(), ['failed']);
    // It begins from the beginning.
    assert.deepEqual(till.send('last'), [HELLO]);
  });

  it('a hello has the terminal forget what it was saying, and take the same number for a new message', () => {
    const terminal = end('terminal');
    assert.deepEqual(terminal.hear(HELLO), [WELCOME]);
    assert.deepEqual(terminal.hear(numbered('sale', 1)), [acknowledging(1), 'took sale']);
    assert.deepEqual(terminal.send('paid'), [numbered('paid', 1)]);
    assert.deepEqual(terminal.hear(HELLO), [WELCOME, 'failed']);
    assert.deepEqual(terminal.hear(numbered('last', 1)), [acknowledging(1), 'took last']);
  });

  it('numbers run from 1 to 255 and again from 1', () => {
    const terminal = end('terminal');
    for (let i = 0; i < 600; i++) {
      const id = (i % 255) + 1;
      assert.deepEqual(terminal.send('x'), [numbered('x', id)]);
      assert.deepEqual(terminal.hear(acknowledging(id)), ['sent']);
    }
  });
});
