import { isIP } from 'node:net';
import type { EventBody } from '../../../rig/model/event.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import { type Endpoint, hostPort } from '../endpoint.ts';
import { exactly } from '../relay/exact-timer.ts';
import { RelayPlane } from '../relay/plane.ts';
import { mulberry32 } from '../relay/random.ts';
import { openTls } from '../relay/tls-ends.ts';
import { Proxies } from '../toxics/proxies.ts';
import { serveApi } from '../toxics/server.ts';
import { type Evidence, openEvidence } from './evidence.ts';
import { faultRoutes, StandingFaults } from './faults-api.ts';
import { pathRoutes } from './path-api.ts';
import { type Plan, planFrom, type RelayPlan } from './plan.ts';
import { relayText } from './relay-text.ts';

/**
 * `posrig relay`: until Ctrl-C. What it shows is masked; raw bytes go to the journal only. Returns the exit code: broken
 * when a fault was not provably in force.
 * @throws USAGE for a wrong command line, before a port is opened; TRANSPORT_OPEN for a port that is not to be had
 */
export async function relayVerb(given: Record<string, unknown>): Promise<number> {
  const plan = planFrom(given);
  const clock = makeClock(1);
  const output = new Output(plan);
  const ending = untilEnded();
  const evidence = openEvidence(plan.journal, { clock, cards: plan.cards }, (event, wall) =>
    output.event(event, wall),
  );
  const session = new Session(plan, clock, evidence, output, ending.fail);
  try {
    await session.open();
    await ending.ended;
    return (await session.heal()) ? EXIT.ok : EXIT.broken;
  } finally {
    ending.forget();
    await session.close();
    await evidence.close();
  }
}

/** Writes what happens to standard output: text for people, or one JSON object a line. */
class Output {
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** @param wall when it was seen */
  event(event: EventBody, wall: string): void {
    const { quiet, json } = this.#plan;
    if (quiet && event.type !== 'fault' && event.type !== 'note') return;
    this.#put(json ? JSON.stringify({ wall, ...event }) : relayText(wall, event));
  }

  listening(what: 'relay' | 'dns' | 'api', address: Endpoint): void {
    const at = hostPort(address);
    this.#put(
      this.#plan.json ? JSON.stringify({ type: 'listening', what, address: at }) : `${what} on ${at}`,
    );
    if (!isLoopback(address.host)) {
      process.stderr.write(`warning: ${at} can be reached from other machines\n`);
    }
  }

  #put(text: string | undefined): void {
    if (text !== undefined) process.stdout.write(`${text}\n`);
  }
}

/** Everything that is open while the verb runs. */
class Session {
  readonly #plan: Plan;
  readonly #clock: Clock;
  readonly #evidence: Evidence;
  readonly #output: Output;
  readonly #lost: (error: Error) => void;
  #relay: RelayPlane | undefined;
  #faults: StandingFaults | undefined;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(plan: Plan, clock: Clock, evidence: Evidence, output: Output, lost: (error: Error) => void) {
    this.#plan = plan;
    this.#clock = clock;
    this.#evidence = evidence;
    this.#output = output;
    this.#lost = lost;
  }

  async open(): Promise<void> {
    const { relay, api } = this.#plan;
    if (relay) await this.#openRelay(relay);
    if (api) await this.#openApi(api);
  }

  /** Heals what still stands; true when every fault was provably in force. */
  async heal(): Promise<boolean> {
    const proofs = await this.#faults?.healAll();
    return (proofs ?? []).every(({ state }) => state === 'in-force');
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
  }

  async #openRelay({
    listen,
    to,
    dialect,
    framing,
    tls,
    dns,
    means,
    atlas,
    path,
    faults,
  }: RelayPlan): Promise<void> {
    const plane = await RelayPlane.open(
      {
        listen,
        to,
        dialect,
        framing,
        ...(tls !== undefined && { tls: await openTls(tls, (file) => file) }),
        ...(dns && { dns }),
        behindWallMs: this.#plan.behindWallMs,
        evidenceWaits: true,
        ...atlas,
      },
      { clock: this.#clock, recorder: this.#evidence, seed: this.#plan.seed, lost: this.#lost },
    );
    this.#closing.push(() => plane.close());
    if (path) await plane.setPath(path);
    this.#relay = plane;
    this.#faults = new StandingFaults(plane, means);
    for (const fault of faults) await this.#faults.arm(fault);
    this.#output.listening('relay', plane.address);
    if (plane.resolver) this.#output.listening('dns', plane.resolver);
  }

  async #openApi(at: Endpoint): Promise<void> {
    const proxies = new Proxies({
      clock: exactly(this.#clock),
      random: mulberry32(this.#plan.seed),
      news: (stream, state, detail) =>
        this.#evidence.record({ type: 'link', plane: 'network', stream, state, detail }),
    });
    this.#closing.push(() => proxies.close());
    const faults = this.#faults;
    const relay = this.#relay;
    const server = await serveApi(proxies, at, (app) => {
      if (faults) faultRoutes(app, faults);
      if (relay) pathRoutes(app, relay);
    });
    this.#closing.push(() => server.close());
    this.#output.listening('api', server.address);
  }
}

/** Resolves at Ctrl-C (or SIGTERM), rejects when the relay fails. A second Ctrl-C is nobody's any more: it kills. */
function untilEnded() {
  let end: () => void = () => {};
  let fail: (error: Error) => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // It may fail before anybody waits for it.
  ended.catch(() => {});
  const signalled = () => {
    forget();
    end();
  };
  // While connections are refused nothing is open that would keep the process.
  const awake = setInterval(() => {}, 2 ** 30);
  const forget = () => {
    clearInterval(awake);
    process.off('SIGINT', signalled).off('SIGTERM', signalled);
  };
  process.on('SIGINT', signalled).on('SIGTERM', signalled);
  return { ended, fail: (error: Error) => fail(error), forget };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
