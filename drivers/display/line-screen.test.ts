import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DisplayPlane, Screen } from '../../rig/bench/planes.ts';
import { isRigError } from '../../rig/model/errors.ts';
import { makeContext, type TestContext } from '../devices/testing/context.ts';
import { eventually, makePty, serveLines, type TestPty } from '../transport/testing/pty.ts';
import { open, options } from './line-screen.ts';
import { parseScreen } from './screen-line.ts';

describe('display: line screen', () => {
  let pty: TestPty;
  let context: TestContext;
  let display: DisplayPlane | undefined;
  let seq: number;
  let lines: string[];
  let beforeRead: () => string;

  const screenLine = () => `screen ${seq} lit ${JSON.stringify(lines)}`;
  const show = (...next: string[]) => {
    seq++;
    lines = next;
    return screenLine();
  };
  beforeEach(async () => {
    pty = await makePty();
    context = makeContext();
    seq = 7;
    lines = ['READY               ', '', '', ''];
    beforeRead = () => '';
    display = undefined;
    serveLines(pty, (line) => {
      if (line === 'id?') return 'id posrig-screen 1 rows=4 columns=20';
      if (line === 'watch') return `ok\n${screenLine()}`;
      if (line === 'read') return `${beforeRead()}${screenLine()}`;
      return 'error unknown';
    });
    display = await open(options.parse({ port: pty.path }), context);
  });
  afterEach(async () => {
    await display?.close();
    await pty.unplug();
  });

  it('has a screen from the start, and delivers every change in order', async () => {
    assert.deepEqual(display?.current().lines, ['READY', '', '', '']);
    const seen: Screen[] = [];
    const end = display?.onChange((screen) => seen.push(screen));
    pty.send(`${show('ENTER AMOUNT')}\n${show('0.01')}\n${show('0.12')}\n`);
    await eventually('three screens', () => seen.length === 3);
    assert.deepEqual(
      seen.map((screen) => screen.lines[0]),
      ['ENTER AMOUNT', '0.01', '0.12'],
    );
    assert.ok(seen.every((screen, i) => screen.seq === 8 + i && screen.at >= (seen[i - 1]?.at ?? 0)));
    end?.();
    pty.send(`${show('GONE')}\n`);
    await eventually('the next screen', () => display?.current().lines[0] === 'GONE');
    assert.equal(seen.length, 3);
    const told = context.events.flatMap((event) => (event.type === 'screen' ? [event.seq] : []));
    assert.deepEqual(told, [7, 8, 9, 10, 11]);
  });

  it('refreshes to what was visible when it asked, also when a change crosses the question', async () => {
    beforeRead = () => `${show('CROSSED')}\n${show('LATEST')}\n`;
    const screen = await display?.refresh();
    assert.equal(screen?.lines[0], 'LATEST');
    beforeRead = () => '';
    assert.equal((await display?.refresh())?.seq, screen?.seq);
  });

  it('asks again for a line that came damaged', async () => {
    lines = ['RIGHT'];
    seq++;
    pty.send('screen 8 lit ["RIG\u0080\n');
    await eventually('the repeated screen', () => display?.current().lines[0] === 'RIGHT');
    assert.deepEqual(context.losses, []);
  });

  const lostOnce = async () => {
    await eventually('the loss', () => context.losses.length > 0);
    assert.ok(isRigError(context.losses[0]) && context.losses[0].code === 'TRANSPORT_PROTOCOL');
    pty.send(`${show('LATER')}\n`);
    await display?.refresh();
    assert.equal(display?.current().lines[0], 'READY', 'nothing of it is believed any more');
    assert.equal(context.losses.length, 1);
  };

  it('is lost when the reader restarts', async () => {
    pty.send('screen 1 dark []\n');
    await lostOnce();
  });

  it('is lost when the reader sends only noise', async () => {
    for (let i = 0; i < 20; i++) pty.send('screen nonsense\n');
    const sane = lines;
    lines = [1] as unknown as string[]; // also in answer to being asked again
    await eventually('the loss', () => context.losses.length > 0);
    lines = sane;
    await lostOnce();
  });
});

describe('display: screen lines', () => {
  it('reads what a reader says', () => {
    assert.deepEqual(parseScreen('screen 12 dark ["", "\\u5546\\u6237 "]'), {
      seq: 12,
      lit: false,
      lines: ['', '商户'],
    });
    // JSON keeps the line separators of Unicode as they are.
    assert.deepEqual(parseScreen('screen 3 lit ["a\u2028b\u2029c"]')?.lines, ['a\u2028b\u2029c']);
    for (const wrong of [
      'screen 1 lit',
      'screen 1 on []',
      'screen -1 lit []',
      'screen 1 lit [1]',
      'screen 1 lit {}',
      'x',
    ]) {
      assert.equal(parseScreen(wrong), undefined, wrong);
    }
  });

  it('gives back every screen, and never throws', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.boolean(),
        fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 8 }),
        (seq, lit, lines) => {
          const seen = parseScreen(`screen ${seq} ${lit ? 'lit' : 'dark'} ${JSON.stringify(lines)}`);
          assert.deepEqual(seen, { seq, lit, lines: lines.map((text) => text.trimEnd()) });
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseScreen(`screen 1 lit [${text}]`);
        assert.equal(parseScreen(text), undefined);
      }),
    );
  });
});
