/** The option of all verbs here that show receipts, with its help. */
export const CARDS_OPTION = [
  '--cards <file>',
  'test cards whose data is hidden, beside those that ship',
] as const;
