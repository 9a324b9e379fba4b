import type { Picture } from '../../codec/qr/picture.ts';

/** A code about to be shown. */
export interface ShownCode {
  /** The card whose code it is, for messages. */
  readonly card: string;
  /** One pixel a module where the code was drawn here; as it is where it came from a file. */
  readonly picture: Picture;
  /** What a scanner reads from it; undefined for a code that cannot be read. */
  readonly text: string | undefined;
}

/** Something before the terminal's scanner that shows pictures. What it shows is read back, never assumed, where it can be. */
export interface Shower {
  readonly facts: Readonly<Record<string, string>>;
  /** Resolves when the picture is before the scanner; for a person, when it was and is away again. */
  show(code: ShownCode): Promise<void>;
  /** Takes away what is shown; no error when nothing is. */
  clear(): Promise<void>;
  /** Shows something harmless where that can be seen only by the rig; what was found. */
  test(): Promise<string>;
  /** Leaves nothing before the scanner. Idempotent. */
  close(): Promise<void>;
}
