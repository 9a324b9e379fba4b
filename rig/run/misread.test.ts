import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DisplayPlane, Screen } from '../bench/planes.ts';
import type { SeenScreen } from '../bench/screens.ts';
import { isMisreading, misreadOn, trustReader, watchReader } from './misread.ts';

const screen = (...lines: string[]): Screen => ({ seq: 1, lit: true, lines, at: 0 });
const approved = screen('APPROVED', 'CODE 00', 'RMB 128.10', '');

describe('a screen that is misread', () => {
  it('is the same screen with a row gone, characters missing or taken for others that look alike', () => {
    assert.ok(isMisreading(screen('', 'CODE 00', 'RMB 128.10', ''), approved), 'glare');
    assert.ok(isMisreading(screen('A PR VED', 'CO E 00', 'RMB 12 .10', ''), approved), 'faint');
    assert.ok(isMisreading(screen('APPR0VED', 'C0DE OO', 'RMB I28.1O', ''), approved), 'look-alikes');
  });

  it('is no other screen, no dark one, and not itself', () => {
    assert.ok(!isMisreading(approved, approved));
    assert.ok(!isMisreading(screen('DECLINED', 'CODE 05', '', ''), approved));
    assert.ok(!isMisreading(screen('APPROVED', 'CODE 05', 'RMB 128.10', ''), approved), 'another code');
    assert.ok(!isMisreading(screen('', '', '', ''), approved), 'nothing of it was read');
    assert.ok(!isMisreading({ ...approved, lit: false }, approved));
    assert.ok(
      !isMisreading(screen('APPROVED NOT', 'CODE 00', 'RMB 128.10', ''), approved),
      'more than there is',
    );
  });

  it('whatever is faded out of a screen, as long as enough of it is left', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(21), { minLength: 1, maxLength: 8 }), (gone) => {
        let at = 0;
        const faded = approved.lines.map((line) =>
          [...line].map((char) => (gone.includes(at++) ? ' ' : char)).join(''),
        );
        const differs = faded.join('\n') !== approved.lines.join('\n');
        assert.equal(isMisreading(screen(...faded), approved), differs);
      }),
    );
  });
});

describe('a reader of a screen', () => {
  const display = {} as DisplayPlane;
  const seen = (id: string | undefined, ...lines: string[]) => ({ ...screen(...lines), id }) as SeenScreen;
  const dark: SeenScreen = { ...seen(undefined, '', '', ''), lit: false };
  const ready = seen('idle', 'READY');
  afterEach(() => trustReader(display));

  it('is caught by darkness between two readings of one screen, until the next scenario', () => {
    watchReader(display, ready, dark, ready, () => false);
    assert.match(misreadOn(display) ?? '', /darkness was read for "READY"/);
    trustReader(display);
    assert.equal(misreadOn(display), undefined);
  });

  it('is not caught by a terminal that starts, and starts again', () => {
    const starting = seen('booting', 'STARTING');
    watchReader(display, starting, dark, starting, () => true);
    watchReader(display, ready, dark, starting, () => true);
    assert.equal(misreadOn(display), undefined);
  });

  it('is not caught by a screen that is drawn line by line, but by one of which something goes again', () => {
    const half = seen(undefined, 'APPROVED', 'CODE 0', '', '');
    const whole = { ...seen('approved'), lines: approved.lines };
    watchReader(display, ready, half, whole, () => false);
    assert.equal(misreadOn(display), undefined);
    watchReader(display, half, whole, half, () => false);
    assert.match(misreadOn(display) ?? '', /was read for "APPROVED/);
    trustReader(display);
    watchReader(display, ready, seen(undefined, '', 'CODE 00', 'RMB 128.10', ''), whole, () => false);
    assert.match(misreadOn(display) ?? '', /was read for "APPROVED/);
  });
});
