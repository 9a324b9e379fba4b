/** What some protocols between till and terminal have and others lack, with what that means. */
export const TILL_WAYS = {
  progress: 'is not told on the way that the terminal is still at it',
  last: 'cannot ask for the last payment',
  totals: 'cannot ask for totals',
} as const;
export type TillWay = keyof typeof TILL_WAYS;
