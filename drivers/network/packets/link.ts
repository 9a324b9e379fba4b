import { drawJitter, mulberry32, type Random } from '../relay/random.ts';
import { Loss } from './chance.ts';
import { corrupted } from './ip.ts';
import type { LinkProfile } from './profile.ts';

/** A packet and when it is to leave, ms of the caller's clock. */
export interface Departure {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What happened to packets so far. */
export interface LinkCounts {
  packets: number;
  bytes: number;
  lost: number;
  queueFull: number;
  tooLarge: number;
  reordered: number;
  duplicated: number;
  corrupted: number;
}

/**
 * One direction of a link as a decision: given a packet and a time, which packets leave and when. No I/O, no timer; the
 * same seed, packets and times give the same answers. Four independent rows of chance, so that switching one fault on
 * does not change what another does.
 */
export class Link {
  readonly #profile: LinkProfile;
  readonly #loss: Loss;
  readonly #delay: Random;
  readonly #fate: Random;
  readonly #bits: Random;
  /** When the sender is done with the last packet; rate works by it. */
  #free = 0;
  /** When the last packet that keeps its order leaves. */
  #last = 0;
  /** Ends of transmission of packets that still wait. */
  readonly #waiting: number[] = [];
  readonly counts: LinkCounts = {
    packets: 0,
    bytes: 0,
    lost: 0,
    queueFull: 0,
    tooLarge: 0,
    reordered: 0,
    duplicated: 0,
    corrupted: 0,
  };

  constructor(profile: LinkProfile, seed: number) {
    this.#profile = profile;
    this.#loss = new Loss(profile.loss / 100, profile.burst, mulberry32(seed));
    this.#delay = mulberry32(seed ^ 0x51ed_270b);
    this.#fate = mulberry32(seed ^ 0x2545_f491);
    this.#bits = mulberry32(seed ^ 0x6c07_8965);
  }

  /** @param now ms; must not go back */
  carry(bytes: Uint8Array, now: number): readonly Departure[] {
    const { profile, counts } = { profile: this.#profile, counts: this.counts };
    counts.packets++;
    counts.bytes += bytes.length;
    // Every row of chance moves on by the same steps whatever becomes of the packet.
    const lost = this.#loss.next();
    const spread = drawJitter(profile.jitter, profile.distribution, this.#delay);
    const [overtakes, twice, damaged] = [this.#fate(), this.#fate(), this.#fate()];
    const bit = Math.floor(this.#bits() * 8 * 1500);
    if (profile.mtu !== undefined && bytes.length > profile.mtu) {
      counts.tooLarge++;
      return [];
    }
    if (lost) {
      counts.lost++;
      return [];
    }
    const sent = this.#transmit(bytes.length, now);
    if (sent === undefined) {
      counts.queueFull++;
      return [];
    }
    let carried = bytes;
    if (damaged < profile.corrupt / 100) {
      const worse = corrupted(bytes, bit);
      if (worse) counts.corrupted++;
      carried = worse ?? bytes;
    }
    const at = this.#departure(sent, spread, overtakes < profile.reorder / 100);
    if (twice >= profile.duplicate / 100) return [{ at, bytes: carried }];
    counts.duplicated++;
    return [
      { at, bytes: carried },
      { at, bytes: carried },
    ];
  }

  /** When the packet has been sent at the rate of the link; undefined when it finds the queue full. */
  #transmit(length: number, now: number): number | undefined {
    const { rate, queue } = this.#profile;
    if (rate === undefined) return now;
    while (this.#waiting.length > 0 && (this.#waiting[0] ?? 0) <= now) this.#waiting.shift();
    if (this.#waiting.length >= queue) return undefined;
    this.#free = Math.max(this.#free, now) + (length * 8 * 1000) / rate;
    this.#waiting.push(this.#free);
    return this.#free;
  }

  #departure(sent: number, spread: number, overtakes: boolean): number {
    if (overtakes && this.#profile.delay > 0) {
      this.counts.reordered++;
      return sent;
    }
    this.#last = Math.max(this.#last, sent + this.#profile.delay + spread);
    return this.#last;
  }
}
