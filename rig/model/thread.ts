import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A module that runs in a thread of its own. */
export interface Thread<Answer> {
  /** What it answered. Rejects with what it threw, or when it ends without an answer. */
  readonly answer: Promise<Answer>;
  /** Ends the thread, whatever it is at. */
  stop(): void;
}

/**
 * Starts a module in a thread of its own; `here` is the `import.meta.url` of its neighbour that starts it, `name` its file
 * without ending. The module has `data` as `workerData`, and answers by one message on its `parentPort`.
 */
export function startThread<Answer>(here: string, name: string, data: unknown): Thread<Answer> {
  const typescript = here.endsWith('.ts');
  const module = new URL(`./${name}.${typescript ? 'ts' : 'js'}`, here);
  const worker = new Worker(typescript ? fromSource(module) : module, { workerData: data });
  const answer = new Promise<Answer>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`${module.href} ended without an answer`)));
  });
  // Whoever never asks has another error to tell.
  answer.catch(() => undefined);
  return { answer, stop: () => void worker.terminate() };
}

/** A loader that was registered by `--import` is not there in threads; this registers it before the module is loaded. */
function fromSource(module: URL): URL {
  // `require` finds the package's CommonJS half; a module needs the other one, beside it.
  const found = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const loader = pathToFileURL(found).href;
  const source = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(module.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}
