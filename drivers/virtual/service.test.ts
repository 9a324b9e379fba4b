import assert from 'node:assert/strict';
import type { DriverModule } from '../../rig/bench/manifest.ts';
import { isRigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { makeClock } from '../../rig/model/time.ts';
import { virtual } from './manifest.ts';
import { openService, virtualBench } from './service.ts';
import { alive, eventually, openPort, RECORDING_BENCH } from './testing/processes.ts';

type Context = Parameters<DriverModule['open']>[1];
const OPTIONS = { world: 'posrig:drivers/virtual/world.yaml', defects: [], faults: [] };

function makeContext(signal = new AbortController().signal) {
  const notes: string[] = [];
  let reportLost: (error: Error) => void = () => {};
  const lost = new Promise<Error>((resolve) => {
    reportLost = resolve;
  });
  const context = {
    clock: makeClock(40),
    seed: 11,
    signal,
    resolve: (path: string) => packaged(path.replace('posrig:', '')),
    lost: (error: Error) => reportLost(error),
    recorder: {
      record: (event: { type: string; text?: string }) => {
        if (event.type === 'note') notes.push(event.text ?? '');
      },
    },
  } as unknown as Context; // profile and cards are none of this driver's business
  return { context, notes, lost };
}

describe('driver virtual-bench', () => {
  it('starts a bench in a process of its own and publishes its ports', async () => {
    const { context } = makeContext();
    const service = await openService(OPTIONS, context, RECORDING_BENCH);
    const { pid, gantry, acquirer, speed } = service.facts;
    assert.notEqual(Number(pid), process.pid);
    assert.equal(speed, '40', "the bench runs on the rig's clock rate");
    assert.match(acquirer ?? '', /^127\.0\.0\.1:2\d{4}$/);
    const port = await openPort(gantry ?? '');
    port.send('$I\n');
    assert.match(await port.until((heard) => heard.includes('ok')), /\[VER:1\.1h/);
    await port.close();
    await service.close();
    await service.close();
    assert.equal(alive(Number(pid)), false);
  });

  it('reports when the bench dies by itself, and closing is still fine', async () => {
    const { context, lost } = makeContext();
    const service = await openService(OPTIONS, context, RECORDING_BENCH);
    process.kill(Number(service.facts['pid']), 'SIGKILL');
    const error = await lost;
    assert.ok(isRigError(error));
    assert.equal(error.code, 'SERVICE_FAILED');
    assert.equal(error.blame, 'bench');
    assert.match(error.message, /SIGKILL/);
    await service.close();
  });

  it('ends a bench that does not listen any more', async () => {
    const { context } = makeContext();
    const service = await openService(OPTIONS, context, RECORDING_BENCH);
    const pid = Number(service.facts['pid']);
    process.kill(pid, 'SIGSTOP');
    await service.close();
    await eventually('the stopped bench to be gone', () => !alive(pid));
  });

  it('says why a bench did not start, in the error and in the journal', async () => {
    const { context, notes } = makeContext();
    await assert.rejects(
      openService({ ...OPTIONS, defects: ['no-such'], faults: [] }, context, RECORDING_BENCH),
      (error) => {
        assert.ok(isRigError(error));
        assert.equal(error.code, 'SERVICE_FAILED');
        assert.match(error.message, /there is no defect "no-such"/);
        return true;
      },
    );
    assert.ok(notes.some((note) => note.includes('no-such')));
  });

  it('a program that is no bench, or none at all, is an error and not a wait', async () => {
    const { context } = makeContext();
    await assert.rejects(openService(OPTIONS, context, ['/bin/echo', 'hello']), /instead of its ports/);
    await assert.rejects(openService(OPTIONS, context, ['/nowhere/posrig']), /could not be started/);
    const cancel = new AbortController();
    cancel.abort();
    await assert.rejects(openService(OPTIONS, makeContext(cancel.signal).context, ['/bin/cat']), /cancelled/);
  });
});

describe('virtual manifest', () => {
  type Bench = Parameters<NonNullable<typeof virtual.runOptions>[number]['apply']>[0];
  const option = (name: string) => {
    const found = virtual.runOptions?.find((candidate) => candidate.flags.startsWith(name));
    if (!found) throw new Error(`no option ${name}`);
    return found;
  };
  const bench = {
    id: 'b',
    clock: { rate: 1 },
    services: { virtual: { driver: 'virtual-bench', world: 'w.yaml' } },
  } as unknown as Bench;
  const code = (thrown: unknown) => (isRigError(thrown) ? thrown.code : String(thrown));

  it('--speed sets the clock of any bench and refuses nonsense', async () => {
    assert.equal((await option('--speed').apply(bench, ['60'])).clock.rate, 60);
    assert.equal(bench.clock.rate, 1, 'the bench given is left alone');
    assert.throws(
      () => option('--speed').apply(bench, ['zero']),
      (error) => code(error) === 'BENCH_OPTION',
    );
  });

  it('--defect goes to the virtual bench that this bench starts, else says where', async () => {
    const changed = await option('--defect').apply(bench, ['mac-not-checked', 'no-batch-upload']);
    const use = changed.services['virtual'];
    assert.deepEqual(virtualBench.options.parse({ world: use?.['world'], defects: use?.['defects'] }), {
      world: 'w.yaml',
      defects: ['mac-not-checked', 'no-batch-upload'],
      faults: [],
    });
    await assert.rejects(
      async () => option('--defect').apply({ ...bench, services: { virtual: null } }, ['mac-not-checked']),
      (error) =>
        code(error) === 'BENCH_OPTION' &&
        isRigError(error) &&
        /posrig virtual --defect/.test(error.hint ?? ''),
    );
  });

  it('names that there are not are refused before anything starts, with the nearest', async () => {
    for (const [name, wrong, nearest] of [
      ['--defect', 'mac-not-cheked', /mac-not-checked/],
      ['--bench-fault', 'no-such-fault', /did you mean [a-z-]+\?/],
    ] as const)
      await assert.rejects(
        async () => option(name).apply(bench, [wrong]),
        (error) => code(error) === 'BENCH_OPTION' && nearest.test(String(error)),
      );
  });

  it('lists the defect catalogue', async () => {
    const entries = await virtual.lists?.['defects']?.();
    assert.ok(entries?.some((entry) => entry.id === 'no-reversal-on-timeout' && entry.title !== ''));
  });
});
