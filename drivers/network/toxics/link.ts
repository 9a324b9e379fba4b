import type { Clock } from '../../../rig/model/time.ts';
import type { Ending, Outlet, Stage } from './stage.ts';
import { makeStage } from './stages.ts';
import type { Toxic } from './toxic.ts';

interface Link {
  toxic: Toxic;
  /** Below the toxicity: this connection is disturbed. Drawn once, so that a higher toxicity only adds connections. */
  readonly draw: number;
  stage: Stage | undefined;
}

/**
 * One direction of one connection: what comes in passes the stages of the toxics in the order in which they were added,
 * then goes out. Toxics come, change and go while the connection lives, and no byte is lost by that.
 */
export class ToxicLink implements Outlet {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #out: Outlet;
  readonly #links: Link[] = [];

  /** @param random evenly distributed in [0, 1): decides who is disturbed, and how much */
  constructor(clock: Clock, random: () => number, out: Outlet) {
    this.#clock = clock;
    this.#random = random;
    this.#out = out;
  }

  /** Bytes held back by all stages. */
  get held(): number {
    return this.#links.reduce((sum, { stage }) => sum + (stage?.held ?? 0), 0);
  }

  bytes(chunk: Uint8Array): void {
    this.#behind(undefined).bytes(chunk);
  }

  end(how: Ending): void {
    this.#behind(undefined).end(how);
  }

  close(how: Ending): void {
    this.#out.close(how);
  }

  /** Adds a toxic behind those that are there. */
  add(toxic: Toxic): void {
    const link: Link = { toxic, draw: this.#random(), stage: undefined };
    this.#links.push(link);
    this.#fit(link);
  }

  /** Puts changed attributes and toxicity of a toxic in force; what it held goes on at once. */
  update(toxic: Toxic): void {
    const link = this.#links.find((other) => other.toxic.name === toxic.name);
    if (!link) return;
    link.toxic = toxic;
    this.#fit(link);
  }

  /** Takes a toxic out; what it held goes on. A `timeout` that swallowed closes the connection, as toxiproxy does. */
  remove(name: string): void {
    const at = this.#links.findIndex(({ toxic }) => toxic.name === name);
    const link = this.#links[at];
    if (!link) return;
    link.stage?.release();
    this.#links.splice(this.#links.indexOf(link), 1);
    if (link.stage && link.toxic.type === 'timeout') this.#out.close('end');
  }

  stop(): void {
    for (const { stage } of this.#links.splice(0)) stage?.stop();
  }

  #fit(link: Link): void {
    const before = link.stage;
    before?.release();
    link.stage =
      link.draw < link.toxic.toxicity
        ? makeStage(
            link.toxic,
            { clock: this.#clock, random: this.#random, next: this.#outletBehind(link) },
            before,
          )
        : undefined;
  }

  /** Looks up at every piece who is next: neighbours come and go. */
  #outletBehind(link: Link): Outlet {
    return {
      bytes: (chunk) => this.#behind(link).bytes(chunk),
      end: (how) => this.#behind(link).end(how),
      close: (how) => (how === 'reset' ? this.#out : this.#behind(link)).close(how),
    };
  }

  #behind(link: Link | undefined): Outlet {
    const from = link === undefined ? 0 : this.#links.indexOf(link) + 1;
    for (let i = from; i < this.#links.length; i++) {
      const stage = this.#links[i]?.stage;
      if (stage) return stage;
    }
    return this.#out;
  }
}
