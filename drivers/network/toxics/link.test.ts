import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Clock } from '../../../rig/model/time.ts';
import { ToxicLink } from './link.ts';
import type { Ending } from './stage.ts';
import { type Toxic, type ToxicType, toxicKind } from './toxic.ts';

/** A clock that a test moves. */
class TestClock implements Clock {
  readonly rate = 1;
  #now = 0;
  #timers: { readonly due: number; readonly fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wallTime(): string {
    return '2026-11-22T00:00:00.000Z';
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { due: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pending(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ due }) => due <= until).sort((a, b) => a.due - b.due);
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.due);
      next.fn();
    }
    this.#now = until;
  }
}

const toxic = (
  type: ToxicType,
  attributes: object,
  more: Partial<Pick<Toxic, 'name' | 'toxicity'>> = {},
): Toxic => ({
  ...toxicKind(type, attributes),
  name: type,
  stream: 'downstream',
  toxicity: 1,
  ...more,
});

class Far {
  readonly clock = new TestClock();
  readonly came: { readonly at: number; readonly chunk: Uint8Array }[] = [];
  readonly log: string[] = [];
  readonly link = new ToxicLink(this.clock, () => 0.5, {
    bytes: (chunk) => this.came.push({ at: this.clock.now(), chunk }),
    end: (how: Ending) => this.log.push(how),
    close: (how: Ending) => this.log.push(`close ${how}`),
  });

  get bytes(): Buffer {
    return Buffer.concat(this.came.map(({ chunk }) => chunk));
  }
}

const harmless = fc.oneof(
  fc.record({ latency: fc.nat(500), jitter: fc.nat(600) }).map((a) => toxic('latency', a)),
  fc.record({ rate: fc.integer({ min: 1, max: 50 }) }).map((a) => toxic('bandwidth', a)),
  fc
    .record({
      average_size: fc.integer({ min: -3, max: 40 }),
      size_variation: fc.nat(50),
      delay: fc.nat(5000),
    })
    .map((a) => toxic('slicer', a)),
  fc.record({ delay: fc.nat(500) }).map((a) => toxic('slow_close', a)),
);

describe('a link of toxics', () => {
  it('loses, adds and turns round no byte, whatever toxics come, change and go meanwhile', () => {
    const deed = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }).map((chunk) => ({ chunk })),
      harmless.map((put) => ({ put })),
      fc.constantFrom('latency', 'bandwidth', 'slicer', 'slow_close').map((remove) => ({ remove })),
      fc.nat(800).map((wait) => ({ wait })),
    );
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 30 }), (deeds) => {
        const far = new Far();
        const sent: Uint8Array[] = [];
        const there = new Set<string>();
        for (const one of deeds) {
          if ('chunk' in one) {
            sent.push(one.chunk);
            far.link.bytes(one.chunk);
          } else if ('put' in one) {
            far.link[there.has(one.put.name) ? 'update' : 'add'](one.put);
            there.add(one.put.name);
          } else if ('remove' in one) {
            far.link.remove(one.remove);
            there.delete(one.remove);
          } else far.clock.advance(one.wait);
        }
        far.link.end('end');
        far.clock.advance(1_000_000);
        assert.deepEqual(far.bytes, Buffer.concat(sent));
        assert.deepEqual(far.log, ['end']);
        assert.equal(far.link.held, 0);
        assert.equal(far.clock.pending, 0);
      }),
    );
  });

  it('is never faster than bandwidth and latency allow', () => {
    const far = new Far();
    far.link.add(toxic('bandwidth', { rate: 2 }));
    far.link.add(toxic('latency', { latency: 30 }));
    far.link.bytes(new Uint8Array(1000));
    far.clock.advance(10_000);
    let sum = 0;
    for (const { at, chunk } of far.came) {
      sum += chunk.length;
      assert.ok(at >= sum / 2 + 30, `${sum} bytes at ${at} ms`);
    }
    assert.equal(sum, 1000);
    assert.equal(far.came.at(-1)?.at, 530);
  });

  it('limit_data keeps its count when it is changed, and closes behind what a toxic after it holds', () => {
    const far = new Far();
    far.link.add(toxic('limit_data', { bytes: 10 }));
    far.link.add(toxic('latency', { latency: 50 }));
    far.link.bytes(new Uint8Array(7));
    far.link.update(toxic('limit_data', { bytes: 9 }));
    far.link.bytes(new Uint8Array(7));
    assert.deepEqual(far.log, []);
    far.clock.advance(50);
    assert.equal(far.bytes.length, 9);
    assert.deepEqual(far.log, ['close end']);
  });

  it('a reset overtakes what is held; a bandwidth of 0 holds until it is removed', () => {
    const far = new Far();
    far.link.add(toxic('reset_peer', { timeout: 5 }));
    far.link.add(toxic('latency', { latency: 5000 }));
    far.link.bytes(new Uint8Array(1));
    far.clock.advance(5);
    assert.deepEqual(far.log, ['close reset']);
    const other = new Far();
    other.link.add(toxic('bandwidth', { rate: 0 }));
    other.link.bytes(new Uint8Array(3));
    other.clock.advance(10_000_000);
    assert.equal(other.came.length, 0);
    other.link.remove('bandwidth');
    assert.equal(other.bytes.length, 3);
  });

  it('draws once for each connection: raising the toxicity only adds connections', () => {
    const far = new Far();
    far.link.add(toxic('timeout', { timeout: 0 }, { toxicity: 0.5 }));
    far.link.bytes(new Uint8Array(1));
    assert.equal(far.bytes.length, 1);
    far.link.update(toxic('timeout', { timeout: 0 }, { toxicity: 0.51 }));
    far.link.bytes(new Uint8Array(1));
    assert.equal(far.bytes.length, 1);
    far.link.remove('timeout');
    assert.deepEqual(far.log, ['close end']);
  });
});
