import { lookup } from 'node:dns/promises';
import type { Clock } from '../../../rig/model/time.ts';
import { type Endpoint, hostPort, splitHostPort } from '../endpoint.ts';
import { type ProxyNews, ToxicProxy } from './proxy.ts';

/** How many proxies there may be. */
const MOST_PROXIES = 256;

/** An answer of the API that is an error: message and status as toxiproxy gives them. */
export class ApiError extends Error {
  readonly status: 400 | 404 | 409 | 413 | 500;

  constructor(status: ApiError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** A proxy as a client describes it, and as it is shown. */
export interface ProxyForm {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
}

interface Entry {
  proxy: ToxicProxy;
  upstream: string;
}

export interface ProxiesOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly news?: ProxyNews;
}

/** All proxies of one API, by name. Changes are made one after the other, whoever asks. */
export class Proxies {
  readonly #options: ProxiesOptions;
  readonly #entries = new Map<string, Entry>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ProxiesOptions) {
    this.#options = options;
  }

  /** In the order of their names. */
  all(): readonly ToxicProxy[] {
    return [...this.#entries.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { proxy }]) => proxy);
  }

  /** @throws ApiError 404 */
  get(name: string): ToxicProxy {
    return this.#entry(name).proxy;
  }

  form(proxy: ToxicProxy): ProxyForm {
    const { name, listen, enabled } = proxy;
    return { name, listen: hostPort(listen), upstream: this.#entry(name).upstream, enabled };
  }

  /** @throws ApiError 409 when the name is taken, 500 when it cannot listen */
  add(form: ProxyForm): Promise<ToxicProxy> {
    return this.#inTurn(async () => {
      if (this.#entries.has(form.name)) throw new ApiError(409, 'proxy already exists');
      return this.#open(form);
    });
  }

  /** Adds those that are new, replaces those that listen or lead elsewhere, leaves the others alone. */
  populate(forms: readonly ProxyForm[], added: (proxy: ToxicProxy) => void): Promise<void> {
    return this.#inTurn(async () => {
      for (const form of forms) {
        const known = this.#entries.get(form.name);
        if (known && !(await differs(known, form))) {
          added(known.proxy);
          continue;
        }
        await known?.proxy.stop();
        this.#entries.delete(form.name);
        added(await this.#open(form));
      }
    });
  }

  /** Changes where a proxy listens and leads (ending its connections), and whether it is up. Its toxics stay. */
  update(name: string, change: Partial<ProxyForm>): Promise<ToxicProxy> {
    return this.#inTurn(async () => {
      const entry = this.#entry(name);
      const form = { ...this.form(entry.proxy), ...change };
      if (await differs(entry, form)) {
        const { toxics } = entry.proxy;
        await entry.proxy.stop();
        entry.proxy = await this.#make(form);
        entry.upstream = form.upstream;
        for (const toxic of toxics) entry.proxy.put(toxic);
      }
      if (!form.enabled) await entry.proxy.stop();
      else await listening(entry.proxy);
      return entry.proxy;
    });
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const { proxy } = this.#entry(name);
      await proxy.stop();
      this.#entries.delete(name);
    });
  }

  /** Brings all proxies up and removes all toxics. */
  reset(): Promise<void> {
    return this.#inTurn(async () => {
      for (const proxy of this.all()) {
        await listening(proxy);
        for (const { name } of proxy.toxics) proxy.remove(name);
      }
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(() => Promise.all(this.all().map((proxy) => proxy.stop())));
    this.#entries.clear();
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (!entry) throw new ApiError(404, 'proxy not found');
    return entry;
  }

  async #open(form: ProxyForm): Promise<ToxicProxy> {
    if (this.#entries.size >= MOST_PROXIES)
      throw new ApiError(500, `there are ${MOST_PROXIES} proxies already`);
    const proxy = await this.#make(form);
    if (form.enabled) await listening(proxy);
    this.#entries.set(form.name, { proxy, upstream: form.upstream });
    return proxy;
  }

  async #make(form: ProxyForm): Promise<ToxicProxy> {
    const listen = await resolved(form.listen);
    const upstream = splitHostPort(form.upstream) ?? { host: form.upstream, port: 0 };
    return new ToxicProxy({ ...this.#options, name: form.name, listen, upstream });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => {});
    return done;
  }
}

async function differs({ proxy, upstream }: Entry, form: ProxyForm): Promise<boolean> {
  return hostPort(proxy.listen) !== hostPort(await resolved(form.listen)) || upstream !== form.upstream;
}

async function listening(proxy: ToxicProxy): Promise<void> {
  try {
    await proxy.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(500, `listen tcp ${hostPort(proxy.listen)}: ${reason}`);
  }
}

/**
 * The address that is listened on. toxiproxy takes one without a host for all interfaces; here it is loopback, and who
 * wants the others says so (0.0.0.0).
 */
async function resolved(listen: string): Promise<Endpoint> {
  const address = splitHostPort(listen === '' ? ':0' : listen);
  if (!address) throw new ApiError(500, `listen tcp: address ${listen}: expected host:port`);
  const host = address.host === '' || address.host === 'localhost' ? '127.0.0.1' : address.host;
  try {
    return { host: (await lookup(host)).address, port: address.port };
  } catch {
    throw new ApiError(500, `lookup ${host}: no such host`);
  }
}
