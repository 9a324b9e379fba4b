import { z } from 'zod';

/** What a person is asked to do. */
export interface Question {
  /** In words, for the person. */
  readonly text: string;
  /** The same for a helper that is no person: press a key by the profile's name, answer yes or no … */
  readonly act?: { readonly press: string };
  /** The text must not be recorded. */
  readonly secret?: boolean;
}

/** What they answered, and who they are. */
export interface Answer {
  readonly by: string;
  readonly text: string;
  /** They could not or would not do it. */
  readonly refused: boolean;
}

/** Where a person is asked: the console, or a small terminal of their own. */
export interface Desk {
  readonly facts: Readonly<Record<string, string>>;
  /** Resolves when they have answered. @param ms nominal; TRANSPORT_TIMEOUT after that */
  ask(question: Question, ms: number): Promise<Answer>;
  close(): Promise<void>;
}

const Wire = z.object({
  by: z.string().min(1).max(80),
  text: z.string().max(1000).default(''),
  refused: z.boolean().default(false),
});

/** Reads an answer from the wire; undefined if it is none. */
export function readAnswer(json: string): Answer | undefined {
  try {
    return Wire.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** What a person types: nothing or `yes` means done, `no` that they could not. */
export function answerOf(line: string, by: string): Answer {
  const text = line.trim().slice(0, 1000);
  return { by, text, refused: /^(?:(?:no|n|cannot|can't)\b|[不否])/i.test(text) };
}
