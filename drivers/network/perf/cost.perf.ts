import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Figure, median, report } from '../../../rig/house/measure.ts';
import { frameOf } from '../relay/testing/peers.ts';
import { type Contender, Contenders, type Exchange, type Measured } from './contenders.ts';
import { perfPeers } from './peers.ts';

/**
 * What `posrig relay`, as built and as anybody would start it, costs beside direct, HAProxy, socat and the least that a
 * relay in Node can be (two sockets piped into each other): 200-byte requests and responses at 1, 50 and 500 connections,
 * all in one run, in turn, medians of the rounds. The relay frames both directions, has a trigger armed in each that never
 * comes, and keeps its journal: everything that crossed, decoded and masked. It writes that behind, so the run waits after
 * each load until it is written, says how long that took, and counts at the end that nothing is missing. Added = round trip less the
 * direct one. On a machine that is busy with other things, CPU a round trip is the figure to look at.
 */
const ROUNDS = Number(process.env['POSRIG_PERF_ROUNDS'] ?? 3);
const WALL_MS = 800;
const CONNECTIONS = [1, 50, 500];

const exchange: Exchange = {
  request: frameOf({ mti: '0200', length: 200 }),
  response: frameOf({ mti: '0210', length: 200, fields: { '39': '00' } }),
};
const built = spawnSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'inherit', 'inherit'] });
if (built.status !== 0) throw new Error('posrig does not build');
const there = await perfPeers();
for (const name of ['haproxy', 'socat'] as const) {
  if (!there.has(name)) process.stdout.write(`no ${name}: npm run setup -- --perf installs it\n`);
}
/** Round trips through the relay, each of which is two messages. */
let throughRelay = 0;
const contenders = new Contenders(there);
process.stdout.write(contenders.pinned ? 'everything on one processor\n' : 'not pinned\n');
try {
  const host = await contenders.echo(exchange.request.length, exchange.response);
  const triggers = ['cut@response.byte(17) on=settlement', 'cut@request.byte(17) on=settlement'];
  const armed = triggers.flatMap((fault) => ['--fault', fault]);
  const journal = `${contenders.folder}/journal.jsonl`;
  const ports = new Map<string, Contender>([
    ['direct', host],
    ...(there.has('haproxy') ? [['HAProxy', await contenders.haproxy(host.port)] as const] : []),
    ...(there.has('socat') ? [['socat', await contenders.socat(host.port)] as const] : []),
    ['Node pipe', await contenders.pipe(host.port)],
    ['relay', await contenders.relay(host.port, '--journal', journal, ...armed)],
  ]);
  // Node compiles what is hot only after a while.
  for (const [name, contender] of ports) await load(name, contender, 20, 2 * WALL_MS);
  const figures: Figure[] = [];
  for (const connections of CONNECTIONS) figures.push(...(await measure(ports, connections)));
  const written = await messagesIn(journal);
  figures.push({
    name: 'relay: messages that crossed and are not in the journal',
    value: missing(written),
    unit: '',
  });
  report(figures);
  if (missing(written) > 0) throw new Error('the journal is not complete');
} finally {
  contenders.stop();
}

async function load(
  name: string,
  contender: Contender,
  connections: number,
  wallMs = WALL_MS,
): Promise<Measured> {
  const measured = await contenders.load(contender, connections, wallMs, exchange);
  if (name === 'relay') throughRelay += measured.all;
  return measured;
}

/** What was under way when a load ended may or may not have crossed. */
function missing(written: number): number {
  return Math.max(0, 2 * throughRelay - written);
}

async function messagesIn(journal: string): Promise<number> {
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(journal) })) {
    if (line.includes('"type":"message"')) count++;
  }
  return count;
}

async function measure(ports: ReadonlyMap<string, Contender>, connections: number): Promise<Figure[]> {
  const found = new Map<string, Measured[]>([...ports.keys()].map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, contender] of ports) {
      found.get(name)?.push(await load(name, contender, connections));
    }
  }
  const of = (name: string, what: keyof Measured) => median((found.get(name) ?? []).map((one) => one[what]));
  const added = (name: string, what: 'p50' | 'p99') => of(name, what) - of('direct', what);
  const peer = ports.has('HAProxy') ? 'HAProxy' : undefined;
  const at = `${connections} connection${connections > 1 ? 's' : ''}`;
  return [...ports.keys()].flatMap((name): Figure[] => {
    const lost = (found.get(name) ?? []).reduce((sum, one) => sum + one.lost, 0);
    const ours = name === 'relay' && peer !== undefined;
    const figure = (what: string, value: number, unit: string, other?: number): Figure => ({
      name: `${at}, ${name}: ${what}`,
      value,
      unit,
      ...(other !== undefined &&
        peer !== undefined &&
        name !== 'direct' && { beside: { name: peer, value: other } }),
    });
    return [
      { ...figure('requests', of(name, 'rate'), '/s', of('HAProxy', 'rate')), ...(ours && { atLeast: 0.8 }) },
      figure('round trip p50', of(name, 'p50'), 'µs'),
      figure('round trip p99', of(name, 'p99'), 'µs'),
      ...(name === 'direct'
        ? []
        : [
            {
              ...figure('added p50', added(name, 'p50'), 'µs', added('HAProxy', 'p50')),
              ...(ours && { atMost: 1.2 }),
            },
            figure('added p99', added(name, 'p99'), 'µs'),
            figure('CPU a round trip', of(name, 'cpu'), 'µs', of('HAProxy', 'cpu')),
          ]),
      ...(ours ? [figure('evidence written behind the load after', of(name, 'behind'), 'ms')] : []),
      figure('connections lost', lost, ''),
    ];
  });
}
