import { RigError } from '../../../rig/model/errors.ts';

/** Ctrl-C and SIGTERM: the first aborts, so that the fixture is made safe; the second forces the end. */
export function untilInterrupted(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new RigError('CANCELLED', 'rig', 'cancelled'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
