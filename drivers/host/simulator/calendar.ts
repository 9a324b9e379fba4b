const DAY = 86_400_000;
/** The acquirer's clocks show China Standard Time, whatever the machine's time zone is. */
const UTC_OFFSET = 8 * 3_600_000;

const pad = (value: number, digits: number) => String(value).padStart(digits, '0');

/**
 * The acquirer's business date and its serial numbers. The time of day follows the nominal clock; the date changes only
 * at a cut-over (`nextDay`), never at midnight, so that a run cannot fall over a date by chance.
 */
export class BusinessCalendar {
  private readonly start: number;
  private days = 0;
  private serial = 0;

  /** `start`: civil time at nominal time 0 of the host. */
  constructor(start: Date) {
    this.start = start.getTime() + UTC_OFFSET;
  }

  /** Cut-over to the next business date. */
  nextDay(): void {
    this.days++;
  }

  private get today(): Date {
    return new Date(this.start + this.days * DAY);
  }

  /** Year of the business date, two digits. */
  get shortYear(): string {
    return pad(this.today.getUTCFullYear() % 100, 2);
  }

  /** Business date, MMDD. */
  get date(): string {
    return pad(this.today.getUTCMonth() + 1, 2) + pad(this.today.getUTCDate(), 2);
  }

  /** Time of day hhmmss, `at` nominal ms after the start. */
  time(at: number): string {
    const now = new Date(this.start + at);
    return pad(now.getUTCHours(), 2) + pad(now.getUTCMinutes(), 2) + pad(now.getUTCSeconds(), 2);
  }

  /**
   * A new retrieval reference number: last digit of the year, day of the year, hour, serial number of six digits that
   * goes on over cut-overs, so that no two are alike, not even on different days.
   */
  nextRrn(at: number): string {
    const { today } = this;
    const day = Math.floor((today.getTime() - Date.UTC(today.getUTCFullYear(), 0, 1)) / DAY) + 1;
    this.serial = (this.serial + 1) % 1_000_000;
    return `${today.getUTCFullYear() % 10}${pad(day, 3)}${this.time(at).slice(0, 2)}${pad(this.serial, 6)}`;
  }

  /** Authorisation code that belongs to the last RRN: six digits that do not repeat within 900000. */
  authCode(): string {
    return String(100_000 + ((this.serial * 7919) % 900_000));
  }
}
