import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { ApiError, type Proxies, type ProxyForm } from './proxies.ts';
import type { ToxicProxy } from './proxy.ts';
import { isToxicType, type Stream, type Toxic, toxicKind } from './toxic.ts';

/** The version of toxiproxy's HTTP API that is spoken: clients ask for it before they begin. */
const API_VERSION = '2.9.0';
const LONGEST_BODY = 1024 * 1024;
const MOST_TOXICS = 64;

const text = z.string().nullish();
const ProxyBody = z.object({ name: text, listen: text, upstream: text, enabled: z.boolean().nullish() });
const ToxicBody = z.object({
  name: text,
  type: text,
  stream: text,
  toxicity: z.number().nullish(),
  attributes: z.record(z.string(), z.unknown()).nullish(),
});

/**
 * The core of toxiproxy's HTTP API (its README, "HTTP API"): the same routes, fields, defaults, error texts and status
 * codes, so that its client libraries work. A browser is turned away, whatever page it shows.
 * @param more adds routes that answer in the same manner
 */
export function toxiproxyApi(proxies: Proxies, more: (app: Hono) => void = () => {}): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const browser =
      c.req.header('user-agent')?.startsWith('Mozilla/') || c.req.header('origin') !== undefined;
    return browser ? c.text('User agent not allowed\n', 403) : next();
  });
  app.onError((error, c) => {
    const status = error instanceof ApiError ? error.status : 500;
    return c.json({ error: error.message, status }, status);
  });
  app.notFound((c) => c.text('404 page not found\n', 404));

  app.get('/version', (c) => c.json({ version: API_VERSION, server: 'posrig' }));
  app.post('/reset', async (c) => {
    await proxies.reset();
    return c.body(null, 204);
  });

  app.get('/proxies', (c) =>
    c.json(Object.fromEntries(proxies.all().map((proxy) => [proxy.name, shown(proxies, proxy)]))),
  );
  app.post('/proxies', async (c) => {
    const proxy = await proxies.add(proxyForm(await bodyOf(c, ProxyBody)));
    return c.json(shown(proxies, proxy), 201);
  });
  app.post('/populate', async (c) => {
    const done: ToxicProxy[] = [];
    const all = () => done.map((proxy) => shown(proxies, proxy));
    try {
      const forms = (await bodyOf(c, z.array(ProxyBody))).map((form, i) =>
        proxyForm(form, ` at proxy ${i + 1}`),
      );
      await proxies.populate(forms, (proxy) => done.push(proxy));
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 500;
      const message = error instanceof Error ? error.message : String(error);
      return c.json({ error: message, status, proxies: all() }, status);
    }
    return c.json({ proxies: all() }, 201);
  });
  app.get('/proxies/:proxy', (c) => c.json(shown(proxies, proxies.get(c.req.param('proxy')))));
  app.on(['POST', 'PATCH'], '/proxies/:proxy', async (c) => {
    const name = c.req.param('proxy');
    proxies.get(name);
    const { listen, upstream, enabled } = await bodyOf(c, ProxyBody);
    const change = { ...(listen != null && { listen }), ...(upstream != null && { upstream }) };
    return c.json(
      shown(proxies, await proxies.update(name, { ...change, ...(enabled != null && { enabled }) })),
    );
  });
  app.delete('/proxies/:proxy', async (c) => {
    await proxies.remove(c.req.param('proxy'));
    return c.body(null, 204);
  });

  app.get('/proxies/:proxy/toxics', (c) => c.json(proxies.get(c.req.param('proxy')).toxics));
  app.post('/proxies/:proxy/toxics', async (c) => {
    proxies.get(c.req.param('proxy'));
    const toxic = newToxic(await bodyOf(c, ToxicBody));
    const proxy = proxies.get(c.req.param('proxy'));
    if (proxy.toxic(toxic.name)) throw new ApiError(409, 'toxic already exists');
    if (proxy.toxics.length >= MOST_TOXICS)
      throw new ApiError(400, `there are ${MOST_TOXICS} toxics already`);
    proxy.put(toxic);
    return c.json(toxic);
  });
  app.get('/proxies/:proxy/toxics/:toxic', (c) => c.json(toxicOf(proxies, c)));
  app.on(['POST', 'PATCH'], '/proxies/:proxy/toxics/:toxic', async (c) => {
    const before = toxicOf(proxies, c);
    const { attributes, toxicity } = await bodyOf(c, ToxicBody.pick({ attributes: true, toxicity: true }));
    const kind = checked(() => toxicKind(before.type, attributes, before.attributes));
    const toxic: Toxic = { ...before, ...kind, toxicity: toxicity ?? before.toxicity };
    proxies.get(c.req.param('proxy')).put(toxic);
    return c.json(toxic);
  });
  app.delete('/proxies/:proxy/toxics/:toxic', (c) => {
    const { name } = toxicOf(proxies, c);
    proxies.get(c.req.param('proxy')).remove(name);
    return c.body(null, 204);
  });
  more(app);
  for (const path of ['/version', '/reset', '/populate', '/proxies', '/proxies/*']) {
    app.all(path, (c) => c.body(null, 405));
  }
  return app;
}

const shown = (proxies: Proxies, proxy: ToxicProxy) => ({ ...proxies.form(proxy), toxics: proxy.toxics });

function proxyForm({ name, listen, upstream, enabled }: z.infer<typeof ProxyBody>, where = ''): ProxyForm {
  if (!name) throw new ApiError(400, `missing required field: name${where}`);
  if (!upstream) throw new ApiError(400, `missing required field: upstream${where}`);
  return { name, listen: listen ?? '', upstream, enabled: enabled ?? true };
}

function newToxic({ name, type, stream, toxicity, attributes }: z.infer<typeof ToxicBody>): Toxic {
  const direction = (stream ?? 'downstream').toLowerCase();
  if (!isStream(direction)) {
    throw new ApiError(400, 'stream was invalid, can be either upstream or downstream');
  }
  if (type == null || !isToxicType(type)) throw new ApiError(400, 'invalid toxic type');
  return {
    ...checked(() => toxicKind(type, attributes)),
    name: name || `${type}_${direction}`,
    stream: direction,
    toxicity: toxicity ?? 1,
  };
}

const isStream = (text: string): text is Stream => text === 'upstream' || text === 'downstream';

function toxicOf(proxies: Proxies, c: Context<object, '/proxies/:proxy/toxics/:toxic'>): Toxic {
  const toxic = proxies.get(c.req.param('proxy')).toxic(c.req.param('toxic'));
  if (!toxic) throw new ApiError(404, 'toxic not found');
  return toxic;
}

/** @throws ApiError 400 for what is no JSON or has a value of another kind */
export async function bodyOf<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const sent = await bounded(c.req.raw);
  return checked(() => schema.parse(JSON.parse(sent)));
}

/** The body as text. What goes on beyond the limit is not read. */
async function bounded(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > LONGEST_BODY) {
      throw new ApiError(413, `request body too large: at most ${LONGEST_BODY} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ApiError(400, `bad request body: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
