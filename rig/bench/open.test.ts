import assert from 'node:assert/strict';
import { z } from 'zod';
import { RigError } from '../model/errors.ts';
import { makeClock } from '../model/time.ts';
import { Bench } from './bench.ts';
import type { DriverEntry } from './manifest.ts';
import { driverFor, openBench, substitute } from './open.ts';
import type { DriverContext } from './planes.ts';
import type { Profile } from './profile.ts';

/** Drivers that only say that they were opened and closed, with what options. */
function traced(trace: string[], failing?: string): DriverEntry[] {
  const entry = (name: string, plane: DriverEntry['plane'], facts: Record<string, string>): DriverEntry => ({
    name,
    plane,
    summary: name,
    load: async () => ({
      options: z.strictObject({ port: z.string().optional(), to: z.string().optional() }),
      open: async (options: { port?: string; to?: string }) => {
        if (name === failing) throw new Error(`${name} is not there`);
        trace.push(`open ${name} ${Object.values(options).join(' ')}`.trim());
        return {
          facts,
          close: async () => {
            trace.push(`close ${name}`);
          },
        };
      },
    }),
  });
  return [
    entry('starter', 'service', { port: '/dev/pts/7' }),
    entry('acquirer', 'host', { address: '127.0.0.1:9' }),
    entry('path', 'network', {}),
    entry('finger', 'keypad', {}),
  ];
}

const context: DriverContext = {
  clock: makeClock(),
  recorder: { record: () => undefined, attach: () => ({ id: '', path: '', mime: '', bytes: 0, sha256: '' }) },
  profile: {} as Profile,
  cards: [],
  seed: 1,
  resolve: (path) => path,
  signal: new AbortController().signal,
  lost: () => undefined,
};

const bench = Bench.parse({
  version: 1,
  id: 'b',
  title: 'b',
  profile: 'p',
  services: { s: { driver: 'starter' }, off: null },
  planes: {
    keypad: { driver: 'finger', port: '${s.port}' },
    network: { driver: 'path', to: '${host.address}' },
    host: { driver: 'acquirer' },
    card: null,
  },
});

describe('opening a bench', () => {
  it('opens a service before those that refer to it, in whatever order the file has them', async () => {
    const trace: string[] = [];
    const services = {
      a: { driver: 'starter', to: '${b.port}' },
      b: { driver: 'starter' },
      c: { driver: 'starter', port: '${a.port}' },
    };
    await openBench({ ...bench, services, planes: {} }, traced(trace), context);
    assert.deepEqual(trace, ['open starter', 'open starter /dev/pts/7', 'open starter /dev/pts/7']);
    const ring = { a: { driver: 'starter', to: '${b.port}' }, b: { driver: 'starter', to: '${a.port}' } };
    await assert.rejects(
      openBench({ ...bench, services: ring, planes: {} }, traced(trace), context),
      /refers to/,
    );
  });

  it('goes on where it is told to, without what is dead and what needs that', async () => {
    const trace: string[] = [];
    const drivers = traced(trace).map((entry): DriverEntry => {
      if (entry.name !== 'acquirer') return entry;
      const open = () => Promise.reject(new RigError('TRANSPORT_OPEN', 'bench', 'no such port'));
      return { ...entry, load: async () => ({ options: z.strictObject({}), open }) };
    });
    const told: string[] = [];
    const open = await openBench(bench, drivers, context, ({ plane, driver, error }) => {
      told.push(`${plane} (${driver}): ${error.message}`);
    });
    assert.deepEqual(told, [
      'host (acquirer): no such port',
      'network (path): not tried: it needs host, which cannot be opened',
    ]);
    assert.deepEqual(
      open.drivers.map(({ plane }) => plane),
      ['keypad'],
    );
    await open.close();
    assert.deepEqual(trace, ['open starter', 'open finger /dev/pts/7', 'close finger', 'close starter']);
    // A mistake of the file is told at once, and without leave nothing goes on.
    const wrong = { ...bench, planes: { ...bench.planes, keypad: { driver: 'finger', prot: 'x' } } };
    await assert.rejects(
      openBench(wrong, drivers, context, () => {}),
      { code: 'FILE_INVALID' },
    );
    await assert.rejects(openBench(bench, drivers, context), { code: 'TRANSPORT_OPEN' });
  });

  it('opens what others refer to first, resolves references, closes in reverse', async () => {
    const trace: string[] = [];
    const open = await openBench(bench, traced(trace), context);
    assert.deepEqual(trace, [
      'open starter',
      'open acquirer',
      'open path 127.0.0.1:9',
      'open finger /dev/pts/7',
    ]);
    assert.deepEqual(
      open.drivers.map(({ plane }) => plane),
      ['host', 'network', 'keypad'],
    );
    assert.deepEqual(await open.close(), []);
    await open.close();
    assert.deepEqual(trace.slice(4), ['close finger', 'close path', 'close acquirer', 'close starter']);
  });

  it('closes what was opened when a later part is not there', async () => {
    const trace: string[] = [];
    await assert.rejects(openBench(bench, traced(trace, 'finger'), context), /finger is not there/);
    assert.deepEqual(trace.slice(-3), ['close path', 'close acquirer', 'close starter']);
  });

  it('names the candidates for an unknown driver and what a reference could have been', async () => {
    await assert.rejects(driverFor(traced([]), 'keypad', 'fingr'), {
      code: 'FILE_INVALID',
      hint: 'There is: finger.',
    });
    assert.throws(() => substitute({ a: ['${x.y}'] }, new Map([['s', { port: 'p' }]])), {
      code: 'FILE_INVALID',
      hint: 'Known here: s.port.',
    });
    assert.deepEqual(substitute({ a: ['1-${s.port}', 2] }, new Map([['s', { port: 'p' }]])), {
      a: ['1-p', 2],
    });
  });

  it('refuses options that the driver does not have, blaming the file', async () => {
    const wrong = { ...bench, planes: { keypad: { driver: 'finger', baudd: 9600 } } };
    await assert.rejects(openBench(wrong, traced([]), context), { code: 'FILE_INVALID', blame: 'file' });
  });
});
