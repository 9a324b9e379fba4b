/** Longest step down at once, mm: a finger that meets the terminal at speed breaks one of them. */
const STEP = 10;
/** The same below the height at which keys are believed to be touched. */
const STEP_ON_KEYS = 1;

/**
 * Why the finger must not go down like this, if so: what a person types may be a slip. Pure.
 * @param from Z now @param by mm, negative is down @param touched Z at which a key is believed to be touched here
 */
export function whyNotDown(from: number, by: number, touched: number | undefined): string | undefined {
  if (by < -STEP) return `the finger goes down ${STEP} mm at a time at most; what it meets, it breaks`;
  if (touched === undefined || by >= -STEP_ON_KEYS || from + by >= touched - 1e-9) return undefined;
  return (
    `below Z ${touched.toFixed(2)}, where keys are believed to be touched, ` +
    `the finger goes down ${STEP_ON_KEYS} mm at a time at most`
  );
}
