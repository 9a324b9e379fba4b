import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../../rig/bench/bench.ts';
import { conformance } from '../../rig/bench/conformance.ts';
import { loadBench } from '../../rig/bench/load.ts';
import { driverFor, openBench } from '../../rig/bench/open.ts';
import { outsideDriver } from '../../rig/bench/outside.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { makeContext } from '../devices/testing/context.ts';
import * as exec from '../power/exec.ts';

const EXAMPLE = packaged('drivers/outside/example/http-relay.ts');

describe('drivers from outside the project', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let state: boolean;
  let stuck: boolean;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posrig-outside-'));
    state = true;
    stuck = false;
    server = createServer((request, response) => {
      const turn = /^\/relay\/0\?turn=(on|off)$/.exec(request.url ?? '')?.[1];
      if (turn && !stuck) state = turn === 'on';
      response.end(JSON.stringify({ ison: turn ? turn === 'on' : state }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const put = (name: string, text: string) => writeFile(join(folder, name), text);
  const named = (name: string, plane = 'power') => outsideDriver(name, plane, join(folder, 'bench.yaml'));

  it('the example opens in a bench by its path, and passes the conformance kit', async () => {
    const file = join(folder, 'bench.yaml');
    const context = { ...makeContext(), bench: { id: 'b', file } };
    const bench = { services: {}, planes: { power: { driver: EXAMPLE, url } } } as unknown as Bench;
    const open = await openBench(bench, [], context);
    await open.planes.power?.set('off');
    assert.equal(state, false);
    assert.deepEqual(await open.close(), []);
    assert.equal(state, true, 'as it was found');
    const module = await (await driverFor([], 'power', EXAMPLE, file)).load();
    const results = await conformance('power', module, { url }, context);
    assert.deepEqual(
      results.filter(({ passed }) => !passed),
      [],
    );
    assert.ok(results.length >= 6);
  });

  it('the kit finds a driver that believes itself, forgets errors, or takes any option', async () => {
    stuck = true;
    const module = await (await driverFor([], 'power', EXAMPLE, folder)).load();
    const told = await conformance('power', module, { url }, makeContext());
    assert.ok(
      told.some(({ passed, why }) => !passed && /it was switched off/.test(why)),
      'the kit passes errors on',
    );
    const loose = {
      ...exec,
      options: { safeParse: (data: unknown) => ({ success: true, data }) },
      open: async () => ({
        facts: { n: 1 },
        set: async () => {},
        get: async () => 'on',
        close: async () => {},
      }),
    } as unknown as typeof exec;
    const failed = (await conformance('power', loose as never, {}, makeContext())).filter(
      ({ passed }) => !passed,
    );
    assert.deepEqual(
      failed.map(({ why }) => why),
      [
        'a misspelt option would go unnoticed',
        'fact n is no text',
        'it reads on after it was switched off',
      ].filter((why) => failed.some((each) => each.why === why)),
    );
    assert.ok(failed.length >= 2);
    const shipped = await conformance('power', exec, { on: ['true'], off: ['true'] }, makeContext());
    assert.deepEqual(
      shipped.filter(({ passed }) => !passed),
      [],
    );
  });

  it('a package is found where the bench file lies', async () => {
    await mkdir(join(folder, 'node_modules/@lab/relay'), { recursive: true });
    await put(
      'node_modules/@lab/relay/package.json',
      '{"name":"@lab/relay","type":"module","exports":"./i.js"}',
    );
    await put(
      'node_modules/@lab/relay/i.js',
      'export default { posrig: 1, plane: "power", options: { safeParse: (data) => ({ success: true, data }) }, open() {} };',
    );
    assert.equal((await named('@lab/relay'))?.plane, 'power');
    assert.equal(await named('@lab/none'), undefined);
    assert.equal(await named('not a name; rm -rf'), undefined);
    await assert.rejects(named('@lab/relay', 'card'), {
      code: 'FILE_INVALID',
      message: /for the power plane, not for card/,
    });
  });

  it('says what a module lacks, and check names the line of the bench file', async () => {
    await put('none.mjs', 'export const x = 1;');
    await put('old.mjs', 'export default { posrig: 0 };');
    await put('half.mjs', 'export default { posrig: 1, plane: "power", options: {} };');
    await put('broken.mjs', 'export default {');
    for (const [name, why] of [
      ['./none.mjs', /no object/],
      ['./old.mjs', /`posrig` is not 1/],
      ['./half.mjs', /safeParse/],
      ['./broken.mjs', /cannot be loaded/],
    ] as const)
      await assert.rejects(named(name), { code: 'FILE_INVALID', message: why });
    await assert.rejects(named('./absent.ts'), { code: 'FILE_UNREADABLE' });
    const file = join(folder, 'bench.yaml');
    const write = (power: string) =>
      put('bench.yaml', `version: 1\nid: b\ntitle: b\nprofile: vt-4\nplanes:\n  power: ${power}\n`);
    await write('{ driver: ./half.mjs }');
    const { issues } = await loadBench(file, { drivers: [] });
    assert.match(issues[0]?.message ?? '', /half\.mjs is no driver/);
    assert.equal(issues[0]?.line, 6);
    await write(`{ driver: ${EXAMPLE}, url: "${url}" }`);
    assert.deepEqual((await loadBench(file, { drivers: [] })).issues, []);
    await write(`{ driver: ${EXAMPLE}, url: "${url}", rely: 1 }`);
    assert.equal((await loadBench(file, { drivers: [] })).issues.length, 1);
  });
});
