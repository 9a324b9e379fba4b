/**
 * In what the families of Grbl-class controllers differ on the wire, as data. The state machine is one. Facts: the
 * families' protocol documents, and transcripts taken from native builds of Grbl 1.1h and grblHAL.
 */
export interface Personality {
  readonly greeting: string;
  /** Said at boot and after a reset while it is locked. */
  readonly lockedHint: string;
  /** Answer to `$I`. */
  readonly identity: readonly string[];
  /** Characters of a line; one more is error 11. */
  readonly lineSize: number;
  /** Bytes of the receive ring. */
  readonly ringSize: number;
  /** Blocks of the planner. */
  readonly blocks: number;
  /** CR LF ends one line; otherwise each of them ends one. */
  readonly pairsCrLf: boolean;
  /** The last error is the answer to all g-code until an empty line or a good `$` command. */
  readonly stickyErrors: boolean;
  /** What stands behind the value of a setting in `$$`. */
  readonly settingNotes: Readonly<Record<number, string>>;
  /** Bits that `$10` has from the factory: what status reports tell. */
  readonly reportMask: number;
}

const GRBL: Personality = {
  greeting: "Grbl 1.1h ['$' for help]",
  lockedHint: "[MSG:'$H'|'$X' to unlock]",
  identity: ['[VER:1.1h.20190830:]', '[OPT:V,15,128]'],
  lineSize: 79,
  ringSize: 128,
  blocks: 15,
  pairsCrLf: false,
  stickyErrors: false,
  settingNotes: {},
  reportMask: 1,
};

/** Controllers of Grbl's family that the virtual gantry can have, by the word in the world file. */
export const PERSONALITIES = {
  grbl: GRBL,
  grblhal: {
    ...GRBL,
    greeting: "GrblHAL 1.1f ['$' or '$HELP' for help]",
    identity: [
      '[VER:1.1f.20240101:]',
      '[OPT:VNMGL,100,1024,3,0]',
      '[AXS:3:XYZ]',
      '[NEWOPT:ENUMS,RT+,SED]',
      '[FIRMWARE:grblHAL]',
    ],
    lineSize: 256,
    ringSize: 1024,
    blocks: 100,
    pairsCrLf: true,
    stickyErrors: true,
    reportMask: 511,
  },
  fluidnc: {
    ...GRBL,
    greeting: "Grbl 3.7 [FluidNC v3.7.8 (wifi) '$' for help]",
    lockedHint: "[MSG:INFO: '$H'|'$X' to unlock]",
    identity: ['[VER:3.7 FluidNC v3.7.8:]', '[OPT:PHSW]', '[MSG:Machine: posrig]'],
    lineSize: 255,
    ringSize: 512,
    settingNotes: { 22: ' (homing cycle, bool)' },
    reportMask: 1,
  },
} as const satisfies Readonly<Record<string, Personality>>;

export const CONTROLLERS = ['grbl', 'grblhal', 'fluidnc', 'marlin'] as const;
export type ControllerName = (typeof CONTROLLERS)[number];
