import type { Titles } from '../model/event.ts';
import type { Facts } from './facts.ts';
import type { BookName } from './input.ts';

/** What an invariant found, before it is known who is under test. */
export type Judgement =
  | { readonly holds: 'yes'; readonly reason: string }
  | {
      readonly holds: 'no';
      readonly blame: 'terminal' | 'acquirer' | 'bench';
      /** Quotes the two entries that disagree. */
      readonly reason: string;
    }
  /** The evidence does not decide it. */
  | { readonly holds: 'unknown'; readonly reason: string }
  /** The question does not arise. */
  | { readonly holds: 'not-asked'; readonly reason: string };

/** A sentence about the money that must be true whatever happened to the terminal. */
export interface Invariant {
  /** Stable id. */
  readonly name: string;
  readonly title: Titles;
  /** Books whose emptiness would be taken for an answer. */
  readonly needs: readonly BookName[];
  judge(facts: Facts): Judgement;
}

export const yes = (reason: string): Judgement => ({ holds: 'yes', reason });
export const no = (blame: 'terminal' | 'acquirer' | 'bench', reason: string): Judgement => ({
  holds: 'no',
  blame,
  reason,
});
export const unknown = (reason: string): Judgement => ({ holds: 'unknown', reason });
export const notAsked = (reason: string): Judgement => ({ holds: 'not-asked', reason });

/** `1 charge`, `3 charges`. */
export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
