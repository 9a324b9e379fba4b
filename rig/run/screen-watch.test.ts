import assert from 'node:assert/strict';
import type { DisplayPlane, Screen } from '../bench/planes.ts';
import type { Profile } from '../bench/profile.ts';
import { makeClock } from '../model/time.ts';
import { ScreenWatch } from './screen-watch.ts';

const screens: Profile['screens'] = { idle: { match: ['^READY'] }, done: { match: ['^DONE'] } };

/** A display device that says what `answer` tells it to when it is asked. */
function watching(answer: (show: (line: string) => Screen) => Promise<Screen>) {
  let current: Screen = { seq: 1, lit: true, lines: ['READY'], at: 0 };
  const listeners = new Set<(screen: Screen) => void>();
  const show = (line: string): Screen => {
    current = { seq: current.seq + 1, lit: true, lines: [line], at: 0 };
    for (const listener of listeners) listener(current);
    return current;
  };
  const display: DisplayPlane = {
    current: () => current,
    refresh: () => answer(show),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {},
    facts: {},
  };
  const watch = new ScreenWatch(
    display,
    { screens } as Profile,
    makeClock(1000),
    new AbortController().signal,
  );
  return watch.expect(watch.mark, ({ id }) => id === 'done', 100, 'the end');
}

describe('a screen that does not come', () => {
  it('is the terminal’s doing only after the display device has answered', async () => {
    await assert.rejects(
      watching(async () => ({ seq: 1, lit: true, lines: ['READY'], at: 0 })),
      { code: 'TERMINAL_SCREEN', blame: 'terminal', message: /"READY"/ },
    );
    await assert.rejects(
      watching(async () => {
        throw Object.assign(new Error('no answer from the camera'), { code: 'TRANSPORT_TIMEOUT' });
      }),
      { code: 'TRANSPORT_TIMEOUT' },
    );
  });

  it('counts when the bench was stalled and tells of it only when asked', async () => {
    const { screen } = await watching(async (show) => show('DONE'));
    assert.equal(screen.id, 'done');
  });
});
