/** What the guest tells of its tests, rewritten after each. */
export interface GuestReport {
  /** Its Node.js runs. */
  readonly started: true;
  /** All tests are done. */
  readonly ended: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  readonly failures: readonly { readonly title: string; readonly message: string }[];
  /** Most memory that was in use, caches not counted. */
  readonly memoryMb: number;
}
