import type { MaskPolicyName } from '../model/mask-policy.ts';
import type { MessageKind } from '../model/message.ts';
import type { CapturedSlip } from './planes.ts';

/** What is known of slips that lie on the desk: no terminal, no host and no till stand beside them. */
export interface SlipsWanted {
  /** Label sets by the names of shipped ones or by path; empty: all that ship. */
  readonly labels: readonly string[];
  /** Charset of the printer, or of the text; absent: as the bytes say. */
  readonly charset?: string;
  /** Printable dots; absent: as wide as the text, or 384. */
  readonly width?: number;
  /** A file of test cards whose data must not stand on paper, beside those that ship. */
  readonly cards?: string;
}

/** A slip that was read by itself. */
export interface ReadSlip {
  readonly slip: CapturedSlip;
  /** The transaction, if the slip names one that the label sets know. */
  readonly kind?: MessageKind;
  /** As they may be shown: card data hidden. */
  readonly shown: { readonly fields: Readonly<Record<string, string>>; readonly lines: readonly string[] };
}

/** Reads slips out of captured bytes, a text file or a picture. Given to the rig by the drivers that know printers. */
export interface SlipReader {
  /** Errors: USAGE, FILE_INVALID, FILE_SYNTAX, FILE_UNREADABLE; OCR_FAILED for a picture that cannot be read. */
  read(bytes: Uint8Array, wanted: SlipsWanted): Promise<readonly ReadSlip[]>;
}

/** Truncations by which a slip that nobody's profile describes is judged, unless one is named: PCI DSS v4.0.1 3.4.1. */
export const MASK_ON_THE_DESK: MaskPolicyName = 'first6last4';
