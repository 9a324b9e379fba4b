import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deframe, type FrameItem } from '../framing/scanner.ts';
import { stxEtxLrc } from '../framing/stx-etx-lrc.ts';
import { acknowledgedLink } from './acknowledged-link.ts';
import { bareLink } from './bare-link.ts';
import { conversationLink } from './conversation-link.ts';
import type { Link, LinkEffect, LinkEvent } from './link.ts';

const framing = stxEtxLrc({ over: 'text+etx', progress: true, controls: ['ACK', 'NAK', 'ENQ', 'EOT'] });
const text = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1');
const bytes = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words, 'latin1'));
const CONTROLS: Readonly<Record<string, string>> = {
  '\x06': 'ACK',
  '\x15': 'NAK',
  '\x05': 'ENQ',
  '\x04': 'EOT',
};

/** What the effects say, in short: `>ACK`, `>frame hello`, `hello`, `timer 3000`, `failed …`. */
function inShort(effect: LinkEffect): string {
  switch (effect.type) {
    case 'write': {
      const written = text(effect.bytes);
      return `>${CONTROLS[written] ?? `frame ${written.slice(1, -2)}`}`;
    }
    case 'deliver':
      return text(effect.payload);
    case 'timer':
      return effect.ms === undefined ? 'timer off' : `timer ${effect.ms}`;
    case 'sent':
      return 'sent';
    case 'failed':
      return `failed: ${effect.why}`;
    case 'note':
      return `(${effect.text})`;
  }
}
const said = (effects: readonly LinkEffect[]): string[] => effects.map(inShort);

/** A link that is driven event by event. */
function driven(start: Link) {
  let link = start;
  const on = (event: LinkEvent): string[] => {
    const step = link.on(event);
    link = step.link;
    return said(step.effects);
  };
  const item = (item: FrameItem) => on({ type: 'item', item });
  const span = { offset: 0, raw: bytes('x') };
  return {
    send: (words: string) => on({ type: 'send', payload: bytes(words) }),
    timeout: () => on({ type: 'timeout' }),
    hears: (words: string, form = 'STX') => item({ type: 'frame', ...span, payload: bytes(words), form }),
    control: (name: 'ACK' | 'NAK' | 'ENQ' | 'EOT') => item({ type: 'control', ...span, name }),
    damaged: () => item({ type: 'damaged', ...span, why: 'LRC 00, expected 31' }),
    garbage: () => item({ type: 'discarded', ...span, why: 'no frame begins with this' }),
    get idle() {
      return link.idle;
    },
  };
}

const acknowledged = (more = {}) =>
  driven(
    acknowledgedLink({ frame: framing.frame, ackMs: 2000, repeats: 2, unacknowledged: ['SOH'], ...more }),
  );
const conversation = (more = {}) =>
  driven(conversationLink({ frame: framing.frame, answerMs: 3000, repeats: 2, yields: true, ...more }));

describe('a link where frames are acknowledged', () => {
  it('sends, waits for ACK, and then what has waited behind it', () => {
    const link = acknowledged();
    assert.deepEqual(link.send('one'), ['>frame one', 'timer 2000']);
    assert.deepEqual(link.send('two'), []);
    assert.deepEqual(link.control('ACK'), ['timer off', 'sent', '>frame two', 'timer 2000']);
    assert.equal(link.idle, false);
    assert.deepEqual(link.control('ACK'), ['timer off', 'sent']);
    assert.equal(link.idle, true);
  });

  it('repeats after NAK and after silence, as often as it may, and then gives up', () => {
    const link = acknowledged();
    link.send('one');
    assert.deepEqual(link.control('NAK'), ['(NAK, frame repeated)', '>frame one', 'timer 2000']);
    assert.deepEqual(link.timeout(), ['(no ACK in time, frame repeated)', '>frame one', 'timer 2000']);
    assert.deepEqual(link.timeout(), ['timer off', 'failed: no ACK in time, after 3 times']);
    assert.deepEqual(link.timeout(), []);
    assert.deepEqual(link.send('two'), ['>frame two', 'timer 2000']);
  });

  it('takes a repeated frame once, as long as nothing of its own was acknowledged since', () => {
    const link = acknowledged();
    assert.deepEqual(link.hears('result'), ['>ACK', 'result']);
    assert.deepEqual(link.hears('result'), ['>ACK', '(a frame was repeated; taken once)']);
    link.send('request');
    link.control('ACK');
    assert.deepEqual(link.hears('result'), ['>ACK', 'result']);
  });

  it('makes nothing of a late or doubled ACK, of a NAK for nothing, of garbage', () => {
    const link = acknowledged();
    assert.deepEqual(link.control('ACK'), ['(an ACK that nobody waits for)']);
    assert.deepEqual(link.control('NAK'), ['(NAK, and nothing is on its way)']);
    assert.deepEqual(link.garbage(), ['(1 byte discarded: no frame begins with this)']);
    link.send('one');
    link.control('ACK');
    assert.deepEqual(link.control('ACK'), ['(an ACK that nobody waits for)']);
    assert.equal(link.idle, true);
  });

  it('answers a damaged frame by NAK, progress text not at all', () => {
    const link = acknowledged();
    assert.deepEqual(link.damaged(), ['(damaged frame: LRC 00, expected 31)', '>NAK']);
    assert.deepEqual(link.hears('INSERT CARD', 'SOH'), ['INSERT CARD']);
    assert.deepEqual(link.hears('INSERT CARD', 'SOH'), ['INSERT CARD']);
  });

  it('takes the answer for the ACK that got lost before it', () => {
    const link = acknowledged();
    link.send('request');
    assert.deepEqual(link.hears('answer'), ['>ACK', 'timer off', 'sent', 'answer']);
    assert.deepEqual(link.timeout(), []);
  });

  it('refuses by NAK what this end cannot use, but never a repetition', () => {
    let busy = false;
    const link = acknowledged({ accepts: () => !busy });
    link.hears('pay');
    busy = true;
    assert.deepEqual(link.hears('pay'), ['>ACK', '(a frame was repeated; taken once)']);
    assert.deepEqual(link.hears('last'), ['>NAK', '(a message that cannot be used now was refused)']);
  });
});

describe('a conversation of ENQ, ACK and EOT', () => {
  it('asks for the line, sends, gives it back', () => {
    const link = conversation();
    assert.deepEqual(link.send('pay'), ['>ENQ', 'timer 3000']);
    assert.deepEqual(link.control('ACK'), ['>frame pay', 'timer 3000']);
    assert.deepEqual(link.control('ACK'), ['>EOT', 'sent', 'timer off']);
    assert.equal(link.idle, true);
  });

  it('listens when it is asked to, and speaks only when the line is free again', () => {
    const link = conversation();
    assert.deepEqual(link.control('ENQ'), ['>ACK', 'timer 3000']);
    assert.deepEqual(link.hears('result'), ['>ACK', 'result', 'timer 3000']);
    assert.deepEqual(link.send('next'), []);
    assert.deepEqual(link.control('EOT'), ['>ENQ', 'timer 3000']);
  });

  it('asks again after NAK and silence, clears the line before, and gives up in the end', () => {
    const link = conversation();
    link.send('pay');
    assert.deepEqual(link.timeout(), [
      '(no answer in time, asked for the line again)',
      '>EOT',
      '>ENQ',
      'timer 3000',
    ]);
    assert.deepEqual(link.control('NAK'), ['(NAK, asked for the line again)', '>EOT', '>ENQ', 'timer 3000']);
    assert.deepEqual(link.timeout(), ['>EOT', 'timer off', 'failed: no answer in time, after 3 times']);
    assert.equal(link.idle, true);
  });

  it('repeats its frame after NAK, and the other end takes it once', () => {
    const sender = conversation();
    sender.send('pay');
    sender.control('ACK');
    assert.deepEqual(sender.control('NAK'), ['(NAK, frame repeated)', '>frame pay', 'timer 3000']);
    const receiver = conversation();
    receiver.control('ENQ');
    assert.deepEqual(receiver.damaged(), ['(damaged frame: LRC 00, expected 31)', '>NAK', 'timer 3000']);
    assert.deepEqual(receiver.hears('pay'), ['>ACK', 'pay', 'timer 3000']);
    assert.deepEqual(receiver.hears('pay'), ['>ACK', '(a frame was repeated; taken once)', 'timer 3000']);
    receiver.control('EOT');
    receiver.control('ENQ');
    assert.deepEqual(receiver.hears('pay'), ['>ACK', '(a frame was repeated; taken once)', 'timer 3000']);
  });

  it('lets the other go first when both ask, or keeps on', () => {
    const till = conversation();
    till.send('pay');
    assert.deepEqual(till.control('ENQ').slice(1), ['>ACK', 'timer 3000']);
    assert.deepEqual(till.hears('result'), ['>ACK', 'result', 'timer 3000']);
    assert.deepEqual(till.control('EOT'), ['>ENQ', 'timer 3000']);
    const terminal = conversation({ yields: false });
    terminal.send('result');
    assert.deepEqual(terminal.control('ENQ'), ['(both ask for the line; this end keeps on)']);
    assert.deepEqual(terminal.control('ACK'), ['>frame result', 'timer 3000']);
  });

  it('frees the line when the other falls silent, and takes what comes all the same', () => {
    const link = conversation();
    link.control('ENQ');
    assert.deepEqual(link.timeout(), ['(the line fell silent)', 'timer off']);
    assert.deepEqual(link.hears('late'), ['>ACK', 'late', 'timer 3000']);
    link.control('EOT');
    assert.deepEqual(link.damaged(), ['(damaged frame: LRC 00, expected 31)']);
    link.send('pay');
    assert.deepEqual(link.hears('before you'), ['>ACK', 'before you', 'timer 3000']);
    assert.deepEqual(link.control('EOT'), ['>ENQ', 'timer 3000']);
    link.control('ACK');
    assert.deepEqual(link.hears('stray'), ['(a frame while this end has the line; not taken)']);
  });

  it('sends its frame again when the other end has begun anew in the middle', () => {
    const link = conversation();
    link.send('pay');
    link.control('ACK');
    assert.deepEqual(link.control('ENQ'), [
      '(ENQ instead of ACK, frame repeated)',
      '>frame pay',
      'timer 3000',
    ]);
    assert.deepEqual(link.control('EOT'), [
      '(EOT instead of ACK, frame repeated)',
      '>frame pay',
      'timer 3000',
    ]);
  });
});

describe('a link that delivers by itself', () => {
  it('hands on, and repeats nothing', () => {
    const link = driven(bareLink(framing.frame));
    assert.deepEqual(link.send('one'), ['>frame one', 'sent']);
    assert.deepEqual(link.hears('two'), ['two']);
    assert.deepEqual(link.hears('two'), ['two']);
    assert.deepEqual(link.control('ACK'), []);
    assert.equal(link.idle, true);
  });
});

/** Two ends of one wire; what is lost on it is said by `lose`, one answer for each chunk written. */
function wired(make: (side: 'till' | 'terminal') => Link, lose: () => boolean) {
  const ends = (['till', 'terminal'] as const).map((side) => ({
    link: make(side),
    deframer: deframe(framing),
    heard: [] as string[],
    inbox: [] as Uint8Array[],
    timer: false,
    outcomes: [] as string[],
  }));
  const step = (i: number, event: LinkEvent): void => {
    const end = ends[i];
    const other = ends[1 - i];
    if (!end || !other) return;
    const next = end.link.on(event);
    end.link = next.link;
    for (const effect of next.effects) {
      if (effect.type === 'write' && !lose()) other.inbox.push(effect.bytes);
      if (effect.type === 'deliver') end.heard.push(text(effect.payload));
      if (effect.type === 'timer') end.timer = effect.ms !== undefined;
      if (effect.type === 'sent' || effect.type === 'failed') end.outcomes.push(effect.type);
    }
  };
  /** Until nothing moves any more. */
  const settle = () => {
    for (let turns = 0; turns < 500; turns++) {
      const i = ends.findIndex(({ inbox }) => inbox.length > 0);
      const chunk = ends[i]?.inbox.shift();
      if (chunk) for (const item of ends[i]?.deframer.push(chunk) ?? []) step(i, { type: 'item', item });
      else {
        const late = ends.findIndex(({ timer }) => timer);
        const end = ends[late];
        if (!end) return;
        end.timer = false;
        step(late, { type: 'timeout' });
      }
    }
    assert.fail('the ends talk for ever');
  };
  return {
    send: (i: number, words: string) => step(i, { type: 'send', payload: bytes(words) }),
    settle,
    ends,
  };
}

describe('two ends of a link', () => {
  const kinds: Readonly<Record<string, (side: 'till' | 'terminal') => Link>> = {
    'with ACK and NAK': () => acknowledgedLink({ frame: framing.frame, ackMs: 2000, repeats: 2 }),
    'with ENQ and EOT': (side) =>
      conversationLink({ frame: framing.frame, answerMs: 3000, repeats: 2, yields: side === 'till' }),
  };
  for (const [name, make] of Object.entries(kinds)) {
    it(`${name}: whatever is lost, a message comes once, or not at all and its sender is told`, () => {
      fc.assert(
        fc.property(fc.array(fc.boolean(), { maxLength: 14 }), (losses) => {
          const queue = [...losses];
          const { send, settle, ends } = wired(make, () => queue.shift() ?? false);
          send(0, 'pay');
          settle();
          send(1, 'paid');
          settle();
          const [till, terminal] = ends;
          assert.ok((terminal?.heard.length ?? 9) <= 1, 'the request came twice');
          assert.ok((till?.heard.length ?? 9) <= 1, 'the result came twice');
          // Nobody is told `sent` of what did not arrive.
          if (till?.outcomes[0] === 'sent') assert.deepEqual(terminal?.heard, ['pay']);
          if (terminal?.outcomes[0] === 'sent') assert.deepEqual(till?.heard, ['paid']);
          assert.equal(till?.outcomes.length, 1);
          assert.equal(terminal?.outcomes.length, 1);
          if (!losses.includes(true)) assert.deepEqual([terminal?.heard, till?.heard], [['pay'], ['paid']]);
        }),
        { numRuns: 400 },
      );
    });
  }
});
