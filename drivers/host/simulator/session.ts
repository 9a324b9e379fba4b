import { hkdfSync } from 'node:crypto';
import type { WorkingKeys } from '../../codec/iso8583/index.ts';

/** What the host remembers of one terminal between messages. */
export class Session {
  signedOn = false;
  /** The batch was settled (balanced or not): nothing more is booked into it. */
  settled = false;
  /** Working keys of the last sign-on, where they are not those of the key file. */
  keys: WorkingKeys | undefined;
  private number = 1;
  private renewals = 0;

  /** Batch number in force, six digits. */
  get batch(): string {
    return String(this.number).padStart(6, '0');
  }

  /** The batch before this one: its settlement may be repeated when the answer was lost. */
  get previous(): string {
    return String(this.number === 1 ? 999_999 : this.number - 1).padStart(6, '0');
  }

  /** Opens the next batch. */
  nextBatch(): void {
    this.number = (this.number % 999_999) + 1;
    this.settled = false;
  }

  /** Working keys that this terminal has not had: derived from those of the key file, so that a run can be repeated. */
  freshKeys(of: WorkingKeys): WorkingKeys {
    this.renewals++;
    const fresh = (key: Uint8Array, name: string): Uint8Array =>
      new Uint8Array(hkdfSync('sha256', key, '', `${name}/${this.renewals}`, key.length));
    const { pik, mak, tdk } = of;
    return { pik: fresh(pik, 'pik'), mak: fresh(mak, 'mak'), ...(tdk && { tdk: fresh(tdk, 'tdk') }) };
  }

  /** A sign-on opens the next batch if the last one was settled, uploaded to its end or not. */
  signOn(): void {
    if (this.settled) this.nextBatch();
    this.signedOn = true;
  }
}
