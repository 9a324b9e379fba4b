import { z } from 'zod';

/** A rule as the kernel has it. A handle is never given twice, so a rule with the same handle never went away. */
export interface ListedRule {
  readonly chain: string;
  readonly handle: number;
  readonly comment: string;
  readonly packets: number;
  readonly bytes: number;
}

export interface Listing {
  readonly rules: readonly ListedRule[];
}

const Counter = z.looseObject({ packets: z.int().min(0), bytes: z.int().min(0) });
const Answer = z.looseObject({
  nftables: z.array(
    z.looseObject({
      rule: z
        .looseObject({
          chain: z.string(),
          handle: z.int(),
          comment: z.string().default(''),
          expr: z.array(z.looseObject({ counter: z.union([Counter, z.string()]).optional() })).default([]),
        })
        .optional(),
    }),
  ),
});

/** Reads what `nft -j -a list table` prints (libnftables-json(5)). Rules of others in the table come without a comment of ours. */
export function readListing(json: string): Listing {
  const rules = Answer.parse(JSON.parse(json)).nftables.flatMap(({ rule }) => {
    if (!rule) return [];
    const counter = rule.expr.map((each) => each.counter).find((each) => typeof each === 'object');
    const { chain, handle, comment } = rule;
    return [{ chain, handle, comment, packets: counter?.packets ?? 0, bytes: counter?.bytes ?? 0 }];
  });
  return { rules };
}

/** Packets and bytes that met the rules of one fault. */
export function countOf(
  listing: Listing | undefined,
  fault: string,
): { readonly packets: number; readonly bytes: number } {
  const mine = listing?.rules.filter((rule) => rule.comment === fault) ?? [];
  return {
    packets: mine.reduce((sum, rule) => sum + rule.packets, 0),
    bytes: mine.reduce((sum, rule) => sum + rule.bytes, 0),
  };
}
