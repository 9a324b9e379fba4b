import assert from 'node:assert/strict';
import type { DriverContext, Screen } from '../../rig/bench/planes.ts';
import { makeClock } from '../../rig/model/time.ts';
import { makeStatusBus, type StatusSource } from './status-bus.ts';
import { open, options } from './till-status.ts';

describe('a display that is what the terminal tells its till', () => {
  const openOn = async (source?: StatusSource) => {
    const bus = makeStatusBus();
    const lost: Error[] = [];
    const context = {
      clock: makeClock(1000),
      recorder: { record: () => {} },
      lost: (error: Error) => lost.push(error),
    } as unknown as DriverContext;
    const display = await open(options.parse({}), context, bus);
    if (source) bus.offer(source);
    return { bus, display, lost };
  };
  const next = (display: { onChange(listener: (screen: Screen) => void): () => void }) =>
    new Promise<Screen>((resolve) => {
      const stop = display.onChange((screen) => {
        stop();
        resolve(screen);
      });
    });

  it('asks by itself, is dark when nobody answers, and lit again when somebody does', async () => {
    let answer: readonly string[] | 'silent' = ['status 9C please wait'];
    const { display } = await openOn(async () => answer);
    assert.deepEqual((await next(display)).lines, ['status 9C please wait']);
    answer = 'silent';
    assert.equal((await next(display)).lit, false);
    answer = ['status 00 ready'];
    const ready = await next(display);
    assert.deepEqual([ready.lit, ready.lines, ready.told], [true, ['status 00 ready'], true]);
    await display.close();
  });

  it('shows what is told once, and what was told last while an order is under way', async () => {
    const { bus, display } = await openOn(async () => 'ordered');
    assert.ok(bus.wanted);
    const seen: string[] = [];
    display.onChange(({ lines }) => seen.push(lines.join(' | ')));
    bus.tell(['state 0A insert the card']);
    bus.tell(['state 0A insert the card']);
    bus.tell(['state 01 look at the PIN pad', 'PIN']);
    assert.deepEqual(seen, ['state 0A insert the card', 'state 01 look at the PIN pad | PIN']);
    assert.deepEqual((await display.refresh()).lines, ['state 01 look at the PIN pad', 'PIN']);
    await display.close();
    bus.tell(['state 04 waiting for the host']);
    assert.equal(seen.length, 2);
  });

  it('is lost, and says why, beside a till that hears no states', async () => {
    const { display, lost } = await openOn();
    await assert.rejects(display.refresh(), { code: 'PLANE_MISSING', blame: 'bench' });
    display.onChange(() => {});
    await new Promise(setImmediate);
    assert.match(String(lost[0]), /does not hear the states/);
    await display.close();
  });

  it('does not ask more often than twice a second', () => {
    assert.equal(options.safeParse({ every: '100 ms' }).success, false);
    assert.equal(options.safeParse({ every: 'soon' }).success, false);
  });
});
