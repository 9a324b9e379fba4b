/** Kinds of machine in which `npm run test:vm` can run its tests; the quicker first. */
export const TIERS = ['uml', 'qemu'] as const;
export type TierName = (typeof TIERS)[number];

/** What a machine is booted with. */
export interface Boot {
  /** Folder that the guest may write to; it holds `guest.sh`, which the guest runs and then switches itself off. */
  readonly work: string;
  /** Switches the machine off. */
  readonly signal: AbortSignal;
  /** Every line of the guest's console. */
  readonly line: (line: string) => void;
}

/** A machine that is ready to boot. */
export interface Machine {
  readonly tier: TierName;
  /** What boots, for the console: a kernel and how it runs. */
  readonly title: string;
  /** Lines of the guest's script that load drivers. */
  readonly drivers: string;
  /** Boots and waits until the guest has switched itself off. */
  boot(boot: Boot): Promise<Ended>;
}

/** How a machine ended. */
export interface Ended {
  /** False when it was switched off from outside. */
  readonly inTime: boolean;
  /** Most memory that its process had, MB. */
  readonly memoryMb: number;
}

/** Why a machine cannot be made here, and what to do about it. */
export class NoMachine extends Error {}

/** Where the guest finds the work folder. */
export const GUEST_WORK = '/run/posrig';
