import assert from 'node:assert/strict';
import type { Hono } from 'hono';
import { makeClock } from '../../../rig/model/time.ts';
import { toxiproxyApi } from './api.ts';
import { Proxies } from './proxies.ts';

describe("the HTTP API, in toxiproxy's words", () => {
  let proxies: Proxies;
  let app: Hono;

  beforeEach(async () => {
    proxies = new Proxies({ clock: makeClock(1), random: Math.random });
    app = toxiproxyApi(proxies);
    await ask('POST', '/proxies', { name: 'a', upstream: '127.0.0.1:1', listen: '127.0.0.1:0' });
    await ask('POST', '/proxies/a/toxics', {
      type: 'latency',
      attributes: { latency: 5, jitter: null, x: 1 },
    });
  });

  afterEach(() => proxies.close());

  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await app.request(path, { method, headers, ...(body !== undefined && { body: text }) });
    const said = await response.text();
    return {
      status: response.status,
      said: said.startsWith('{') || said.startsWith('[') ? JSON.parse(said) : said,
    };
  }
  const fails = async (
    status: number,
    error: string | RegExp,
    ...[method, path, body]: Parameters<typeof ask>
  ) => {
    const answer = await ask(method, path, body);
    assert.equal(answer.status, status);
    assert.equal(answer.said.status, status);
    assert.match(answer.said.error, typeof error === 'string' ? new RegExp(`^${error}$`) : error);
  };

  it('fills in what a client leaves out', async () => {
    assert.deepEqual((await ask('GET', '/proxies/a/toxics')).said, [
      {
        type: 'latency',
        attributes: { latency: 5, jitter: 0 },
        name: 'latency_downstream',
        stream: 'downstream',
        toxicity: 1,
      },
    ]);
    const { said } = await ask('PATCH', '/proxies/a/toxics/latency_downstream', { toxicity: 0.25 });
    assert.deepEqual([said.attributes.latency, said.toxicity], [5, 0.25]);
    assert.equal((await ask('PATCH', '/proxies/a', { enabled: false })).said.toxics.length, 1);
  });

  it('shows toxics of requests first', async () => {
    await ask('POST', '/proxies/a/toxics', { type: 'slicer', stream: 'UPSTREAM' });
    const { said } = await ask('GET', '/proxies');
    assert.deepEqual(
      said.a.toxics.map(({ name }: { name: string }) => name),
      ['slicer_upstream', 'latency_downstream'],
    );
  });

  it('says what is wrong, with the status that clients expect', async () => {
    await fails(404, 'proxy not found', 'GET', '/proxies/b');
    await fails(404, 'toxic not found', 'DELETE', '/proxies/a/toxics/none');
    await fails(409, 'proxy already exists', 'POST', '/proxies', { name: 'a', upstream: 'x:1' });
    await fails(409, 'toxic already exists', 'POST', '/proxies/a/toxics', { type: 'latency' });
    await fails(400, 'missing required field: name', 'POST', '/proxies', { upstream: 'x:1' });
    await fails(400, 'missing required field: upstream', 'POST', '/proxies', { name: 'b' });
    await fails(400, /^bad request body: ./, 'POST', '/proxies', '{');
    await fails(400, /^bad request body: ./, 'POST', '/proxies', { name: 5 });
    await fails(400, 'invalid toxic type', 'POST', '/proxies/a/toxics', { type: 'flood' });
    await fails(400, /stream was invalid/, 'POST', '/proxies/a/toxics', { type: 'slicer', stream: 'side' });
    await fails(400, /latency/, 'PATCH', '/proxies/a/toxics/latency_downstream', {
      attributes: { latency: 0.5 },
    });
    await fails(400, /at proxy 2$/, 'POST', '/populate', [
      { name: 'b', upstream: 'x:1' },
      { upstream: 'x:1' },
    ]);
    await fails(500, /^listen tcp/, 'POST', '/proxies', { name: 'b', upstream: 'x:1', listen: 'nowhere' });
    await fails(413, /too large/, 'POST', '/proxies', { name: 'b'.repeat(2 ** 20), upstream: 'x:1' });
    assert.deepEqual(Object.keys((await ask('GET', '/proxies')).said), ['a']);
    assert.equal((await ask('PUT', '/proxies/a')).status, 405);
    assert.equal((await ask('GET', '/elsewhere')).status, 404);
  });

  it('turns browsers away', async () => {
    assert.equal((await ask('POST', '/reset', undefined, { 'user-agent': 'Mozilla/5.0 (X11)' })).status, 403);
    assert.equal((await ask('POST', '/reset', undefined, { origin: 'http://evil.example' })).status, 403);
    assert.equal((await ask('GET', '/proxies/a/toxics')).said.length, 1);
  });
});
