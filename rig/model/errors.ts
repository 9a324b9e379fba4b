import type { Blame, Finding, PartUnderTest, Verdict } from './verdict.ts';
import { verdictOn } from './verdict.ts';

/**
 * Every error of posrig has a stable code, a blame and a sentence that says what to do. All codes stand here.
 * Block = subject: FILE files, TRANSPORT byte streams, KEYPAD/CARD/POWER/PRINTER/DISPLAY fixtures, NETWORK the path,
 * HOST the acquirer, CODEC bytes that do not decode, TERMINAL the device, MACHINE the computer, RIG ourselves.
 */
export const ERROR_CODES = {
  FILE_UNREADABLE: 'a file cannot be read',
  FILE_SYNTAX: 'a file is not YAML 1.2',
  FILE_INVALID: 'a file does not fit its schema or refers to something that is not there',
  USAGE: 'the command line is wrong',
  BENCH_OPTION: 'an option does not apply to this bench',
  BENCH_LEASED: 'somebody else uses or has reserved the bench, or the lease of it was lost',
  BENCH_OUT: 'the bench failed its self-tests and no person has returned it yet',
  BENCH_LACKS: 'the terminal waits for something that the bench has to give, such as paper',
  PLANE_MISSING: 'the bench lacks a plane that is needed',
  SERVICE_FAILED: 'a service that the bench starts did not start or has died',
  TRANSPORT_OPEN: 'a port could not be opened',
  TRANSPORT_LOST: 'a port was lost',
  TRANSPORT_TIMEOUT: 'a device on a port did not answer in time',
  TRANSPORT_PROTOCOL: 'a device on a port answered something unexpected',
  KEYPAD_UNKNOWN_KEY: 'the profile has no such key',
  KEYPAD_ALARM: 'the motion controller raised an alarm or error',
  KEYPAD_POSITION: 'the position of the finger is not known or not allowed',
  DISPLAY_PICTURE: 'a picture of the screen cannot be had or is none',
  DISPLAY_UNSURE: 'a picture of the screen leaves a choice of what it shows',
  KEYPAD_MISSED: 'a key was pressed and the terminal did not take it',
  OPERATOR_REFUSED: 'a person did not do what they were asked',
  CARD_ACTUATOR: 'the card actuator could not do what it was asked',
  CARD_UNKNOWN: 'the card is not in the card file or in no slot of the magazine',
  POWER_RELAY: 'the power switch could not do what it was asked',
  PRINTER_STREAM: 'the captured printer stream is damaged',
  OCR_FAILED: 'a picture of a receipt could not be read',
  NETWORK_FAULT: 'a fault could not be put in force',
  TILL_FAULT: "a fault of the till's cable could not be put in force",
  NETWORK_REGION: 'a region or access network is unknown or cannot be used',
  NETWORK_RELAY: 'the relay failed',
  NETWORK_KERNEL: 'the kernel layer of the network is not available or failed',
  HOST_FAILED: 'the acquirer host failed',
  HOST_UNSUPPORTED: 'the acquirer host of this bench cannot do that',
  CODEC_FRAME: 'bytes do not decode by the dialect',
  CODEC_FIELD: 'a field value does not fit its definition',
  CRYPTO_KEY: 'a key is missing or does not match its check value',
  TERMINAL_STATE: 'the terminal is not in the state it should be in',
  TERMINAL_SCREEN: 'the terminal did not show the screen it should show',
  TERMINAL_UNSUPPORTED: 'the profile says this terminal cannot do that',
  MACHINE_STALLED: 'the machine that the rig runs on stood still while the terminal was waited for',
  REPORT_TOOL: 'a program that a report needs is missing or failed',
  JOURNAL_DAMAGED: 'the journal is damaged',
  CANCELLED: 'the run was cancelled',
  RIG_DEFECT: 'posrig itself is wrong',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

export interface RigErrorOptions {
  /** What the user can do about it, as one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Where in a file the error stands: `file:line:column`. */
  readonly at?: string;
}

/** The one error class. Identify errors by `code`, never by wording. */
export class RigError extends Error {
  override readonly name = 'RigError';
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly hint: string | undefined;
  readonly at: string | undefined;

  constructor(code: ErrorCode, blame: Blame, message: string, options: RigErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.blame = blame;
    this.hint = options.hint;
    this.at = options.at;
  }
}

/** True for our own errors, also across duplicated module instances. */
export function isRigError(value: unknown): value is RigError {
  return value instanceof Error && value.name === 'RigError' && 'code' in value && 'blame' in value;
}

/** Turns anything thrown into a RigError; what is not ours becomes a defect of the rig, never of a device. */
export function toRigError(thrown: unknown): RigError {
  if (isRigError(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new RigError('RIG_DEFECT', 'rig', message, {
    cause: thrown,
    hint: 'Please report this with the journal.',
  });
}

/** An error as a finding; its verdict follows from who is to blame and who is under test. */
export function findingOf(error: RigError, underTest: readonly PartUnderTest[], verdict?: Verdict): Finding {
  return {
    verdict: verdict ?? verdictOn(error.blame, underTest),
    blame: error.blame,
    code: error.code,
    reason: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}
