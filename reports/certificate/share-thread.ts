import { parentPort, workerData } from 'node:worker_threads';
import { toRigError } from '../../rig/model/errors.ts';
import { writeShare } from './html.ts';
import type { ShareResult, ShareTask } from './share.ts';

/** The body of `shareOut`'s thread. */
async function result(task: ShareTask): Promise<ShareResult> {
  try {
    return { scenarios: await writeShare(task) };
  } catch (thrown) {
    const { code, blame, message, hint, at } = toRigError(thrown);
    return {
      error: {
        ...{ code, blame, message },
        ...(hint === undefined ? {} : { hint }),
        ...(at === undefined ? {} : { at }),
      },
    };
  }
}

parentPort?.postMessage(await result(workerData as ShareTask));
