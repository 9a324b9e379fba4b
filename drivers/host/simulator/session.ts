/** What the host remembers of one terminal between messages. */
export class Session {
  signedOn = false;
  /** The batch was settled (balanced or not): nothing more is booked into it. */
  settled = false;
  private number = 1;

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

  /** A sign-on opens the next batch if the last one was settled, uploaded to its end or not. */
  signOn(): void {
    if (this.settled) this.nextBatch();
    this.signedOn = true;
  }
}
