import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median, report } from '../../../rig/house/measure.ts';
import { lacks, probeKernel } from './probe.ts';
import { openSandbox } from './testing/sandbox.ts';
import { withholdAcknowledgements } from './testing/withheld.ts';

/**
 * Withheld acknowledgements, 100 runs plain and 100 under TLS: the response has left the host and the terminal's
 * acknowledgement provably never arrives. And how long the message was held for it. Runs in a network of its own.
 */
const INSIDE = 'POSRIG_PERF_SANDBOX';
const RUNS = 100;

async function measure(): Promise<void> {
  const figures = [];
  for (const tls of [false, true]) {
    const { proved, holds } = await withholdAcknowledgements(RUNS, tls);
    const name = tls ? 'under TLS' : 'plain';
    const sorted = [...holds].sort((a, b) => a - b);
    figures.push(
      {
        name: `acknowledgement provably withheld, ${name}`,
        value: proved,
        unit: `of ${RUNS} runs`,
        beside: { name: 'runs', value: RUNS },
        atLeast: 1,
      },
      { name: `hold at the gate, ${name}, p50`, value: median(holds), unit: 'ms' },
      {
        name: `hold at the gate, ${name}, p99`,
        value: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
        unit: 'ms',
      },
    );
  }
  report(figures);
}

const missing = lacks(await probeKernel(), ['namespace', 'nft', 'ss']);
if (process.env[INSIDE] === '1') await measure();
else if (missing !== undefined) process.stdout.write(`not measured: needs ${missing}\n`);
else {
  const sandbox = await openSandbox();
  process.env[INSIDE] = '1';
  const child = sandbox.start(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url)]);
  child.stdout?.pipe(process.stdout);
  child.stderr?.pipe(process.stderr);
  child.stdin?.end();
  const [code] = (await once(child, 'close')) as [number | null];
  process.exitCode = code ?? 1;
  await sandbox.close();
}
