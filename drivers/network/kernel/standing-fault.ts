import type { Fault, FaultLayer, FaultProof, FaultState } from '../../../rig/model/fault.ts';
import { formatDuration, parseDuration } from '../../../rig/model/time.ts';
import type { ConnectionEnds } from './packet-rules.ts';

/** Nominal ms by which a fault that heals after a time may stand longer than asked. */
const LATE_MS = 15_000;

/** What the rules of a fault had counted at one look at the table. */
export interface Reading {
  readonly packets: number;
  readonly bytes: number;
  /** How many of the fault's rules are there. */
  readonly rules: number;
}

/** Bookkeeping of one fault on packets: what set it off, what the kernel counted, what can be proved. No I/O. */
export class StandingFault {
  readonly id: string;
  readonly fault: Fault;
  readonly askedAt: number;
  readonly layer: FaultLayer;
  readonly #where: string;
  armedAt: number | undefined;
  confirmedAt: number | undefined;
  firstEffectAt: number | undefined;
  healedAt: number | undefined;
  heldMs: number | undefined;
  trigger: FaultProof['trigger'];
  connection: ConnectionEnds | undefined;
  /** Handles of the rules as the kernel gave them. */
  handles: readonly number[] = [];
  reading: Reading = { packets: 0, bytes: 0, rules: 0 };
  /** Bytes that the sender's kernel had not seen acknowledged while the fault stood. */
  unacknowledged: number | undefined;
  /** What each kernel believed of the connection of the message right before the heal; absent: it was not there any more. */
  believed: { readonly rig?: string; readonly terminal?: string } | undefined;
  /** The kernel destroyed the connection and it was seen to be gone. */
  destroyed: boolean | undefined;
  /** The table or a rule of it went away while the fault was to stand. */
  flushed = false;
  trouble: string | undefined;

  /** @param where how a proof says where it is done, e.g. `in the kernel` */
  constructor(id: string, fault: Fault, askedAt: number, layer: FaultLayer, where: string) {
    this.layer = layer;
    this.#where = where;
    this.id = id;
    this.fault = fault;
    this.askedAt = askedAt;
  }

  get struck(): boolean {
    return this.confirmedAt !== undefined;
  }

  get stands(): boolean {
    return this.struck && this.healedAt === undefined;
  }

  /** Takes what the table holds of this fault now; handles are never given twice, so equal ones never went away. */
  see(
    rules: readonly { readonly handle: number; readonly packets: number; readonly bytes: number }[],
    now: number,
  ): void {
    const mine = rules.filter(({ handle }) => this.handles.includes(handle));
    if (mine.length < this.handles.length) {
      this.flushed = true;
      return;
    }
    const sum = (key: 'packets' | 'bytes') => mine.reduce((total, rule) => total + rule[key], 0);
    this.reading = { packets: sum('packets'), bytes: sum('bytes'), rules: mine.length };
    if (this.reading.packets > 0) this.firstEffectAt ??= now;
  }

  /** Why the fault is not certainly in force; undefined when it is. */
  #doubt(): string | undefined {
    if (this.trouble !== undefined) return this.trouble;
    if (this.flushed) return 'its rules were removed behind the rig';
    if (this.destroyed !== undefined) return this.destroyed ? undefined : 'the connection was still there';
    if (this.reading.packets === 0)
      return 'no packet met its rules: the traffic takes another path, or there was none';
    if (this.fault.do === 'withhold-ack' && (this.unacknowledged ?? 0) < (this.trigger?.bytes ?? 1))
      return `only ${this.unacknowledged ?? 0} of ${this.trigger?.bytes} bytes were seen unacknowledged`;
    return this.#overstayed();
  }

  /** A machine too busy to heal in time has let another fault stand than was asked for: a terminal's timer may have fired by it. */
  #overstayed(): string | undefined {
    const { heal } = this.fault;
    if (typeof heal !== 'object' || !('after' in heal) || this.healedAt === undefined) return undefined;
    const late = this.healedAt - (this.confirmedAt ?? this.healedAt) - (parseDuration(heal.after) ?? 0);
    return late > LATE_MS
      ? `this machine let it stand ${formatDuration(late)} longer than was asked`
      : undefined;
  }

  get state(): FaultState {
    if (!this.struck || this.flushed) return 'not-in-force';
    return this.#doubt() === undefined ? 'in-force' : 'unknown';
  }

  proof(): FaultProof {
    const { trigger, reading } = this;
    const refused = this.fault.do === 'refuse' ? reading.packets : 0;
    return {
      id: this.id,
      fault: this.fault,
      state: this.state,
      layer: this.layer,
      askedAt: this.askedAt,
      ...(this.armedAt === undefined ? {} : { armedAt: this.armedAt }),
      ...(this.confirmedAt === undefined ? {} : { confirmedAt: this.confirmedAt, strikes: 1 }),
      ...(trigger === undefined ? {} : { trigger }),
      ...(this.heldMs === undefined ? {} : { heldMs: this.heldMs }),
      ...(this.firstEffectAt === undefined ? {} : { firstEffectAt: this.firstEffectAt }),
      handedOn: { request: 0, response: 0 },
      swallowed: { request: 0, response: 0 },
      counters: {
        'packets met by the rules': { before: 0, after: reading.packets },
        'bytes met by the rules': { before: 0, after: reading.bytes },
      },
      refusedConnections: refused,
      ...(this.healedAt === undefined ? {} : { healedAt: this.healedAt }),
      summary: this.#summary(),
    };
  }

  #summary(): string {
    const what = `${this.fault.do} at ${this.fault.at}, ${this.#where}`;
    if (!this.struck)
      return `${what}: never struck: ${this.trouble ?? 'what should set it off did not come'}.`;
    const { trigger, reading } = this;
    const by = trigger
      ? `set off by the ${trigger.kind} ${trigger.mti}${trigger.stan ? `, STAN ${trigger.stan}` : ''} (${trigger.bytes} bytes), held until the rules were read back; `
      : '';
    const counted =
      this.destroyed !== undefined
        ? `the connection was destroyed in the kernel, both ends are told`
        : this.stands && reading.packets === 0
          ? 'its rules stand'
          : `${reading.packets} packets (${reading.bytes} bytes) met its rules`;
    const waiting =
      this.unacknowledged === undefined
        ? ''
        : `; ${this.unacknowledged} bytes to the terminal stood unacknowledged`;
    const believed = this.believed ? `; ${beliefs(this.believed)}` : '';
    const doubt = this.stands && !this.flushed ? undefined : this.#doubt();
    return `${what}: ${by}${counted}${waiting}${believed}.${doubt === undefined ? '' : ` Not certain: ${doubt}.`}`;
  }
}

/** In words: whether the ends still believed in their connection. */
function beliefs({ rig, terminal }: { readonly rig?: string; readonly terminal?: string }): string {
  if (rig === 'ESTAB' && terminal === 'ESTAB') return 'both ends believed that they were connected';
  const said = (who: string, state: string | undefined) =>
    state === undefined
      ? `${who} had given it up`
      : state === 'ESTAB'
        ? `${who} believed in it`
        : `${who} was in ${state}`;
  return `when it was healed ${said('the rig', rig)}, ${said('the terminal', terminal)}`;
}
