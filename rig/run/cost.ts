import { performance } from 'node:perf_hooks';

/** What the rig itself cost, ms with one decimal. */
export interface RigCost {
  /** Wall time in which the event loop was not idle. */
  readonly rigMs: number;
  /** Processor time of the whole process: the loop, garbage collection, compilation, thread pool. */
  readonly rigCpuMs: number;
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10;

/**
 * Begins to measure what the rig itself costs; the returned function says what it has cost since. Everything that lives
 * in the rig's process counts, also the relay and a simulated acquirer; waiting does not.
 */
export function costSince(): () => RigCost {
  const loop = performance.eventLoopUtilization();
  const processor = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(processor);
    return {
      rigMs: tenths(performance.eventLoopUtilization(loop).active),
      rigCpuMs: tenths((user + system) / 1000),
    };
  };
}
