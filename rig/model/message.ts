import type { Money } from './money.ts';

/** What a message between terminal and acquirer is about, independent of any dialect. */
export const MESSAGE_KINDS = [
  'sign-on',
  'sign-off',
  'echo',
  'sale',
  'void',
  'refund',
  'pre-auth',
  'pre-auth-void',
  'completion',
  'completion-void',
  'completion-notice',
  'balance',
  'code-query',
  'moto',
  'instalment',
  'offline-sale',
  'adjust',
  'reversal',
  'script-result',
  'signature',
  'parameters',
  'aid-parameters',
  'ca-keys',
  'settlement',
  'batch-upload',
  'batch-upload-end',
  'other',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export type MessageDirection = 'request' | 'response';

/** One decoded field for people and reports. `value` may hold card data in clear: the journal masks it. */
export interface MessageField {
  /** Field number, dotted for parts: `60.1`; `MTI`, `TPDU`, `header` and `bitmap` for what stands before. */
  readonly id: string;
  readonly name: string;
  readonly value: string;
  /** Offset and length of the field in the frame, bytes, when known. */
  readonly offset?: number;
  readonly length?: number;
  /** Meaning in words, e.g. of a response code or an EMV tag. */
  readonly meaning?: string;
}

/** A message as rules, books and reports see it. Every dialect maps onto this. */
export interface DialogueMessage {
  readonly kind: MessageKind;
  readonly direction: MessageDirection;
  /** Kind of the original for a reversal: `sale`, `void`, … */
  readonly of?: MessageKind;
  readonly mti: string;
  readonly stan?: string;
  readonly batch?: string;
  readonly terminal?: string;
  readonly merchant?: string;
  /** F4 as it stands in this message. */
  readonly amount?: Money;
  readonly rrn?: string;
  readonly authCode?: string;
  /** F39: the response code of a response, the reason of a reversal request. */
  readonly code?: string;
  /** STAN, batch and RRN of the original that this message refers to. */
  readonly original?: {
    readonly stan?: string;
    readonly batch?: string;
    readonly rrn?: string;
    readonly date?: string;
  };
  readonly fields: readonly MessageField[];
}
