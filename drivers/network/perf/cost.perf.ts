import { type Figure, median, report } from '../../../rig/house/measure.ts';
import { frameOf } from '../relay/testing/peers.ts';
import { type Contender, Contenders, type Exchange, type Measured } from './contenders.ts';
import { perfPeers } from './peers.ts';

/**
 * What the relay costs beside direct, HAProxy and socat: 200-byte requests and responses at 1, 50 and 500 connections,
 * all in one run, in turn, medians of the rounds. The relay frames both directions, has a trigger armed in each that
 * never comes, and writes its journal. Added = round trip less the direct one. On a
 * machine that is busy with other things, CPU a round trip is the figure to look at.
 */
const ROUNDS = Number(process.env['POSRIG_PERF_ROUNDS'] ?? 3);
const WALL_MS = 1000;
const CONNECTIONS = [1, 50, 500];

const exchange: Exchange = {
  request: frameOf({ mti: '0200', length: 200 }),
  response: frameOf({ mti: '0210', length: 200, fields: { '39': '00' } }),
};
const there = await perfPeers();
for (const name of ['haproxy', 'socat'] as const) {
  if (!there.has(name)) process.stdout.write(`no ${name}: npm run setup -- --perf installs it\n`);
}
const contenders = new Contenders(there);
process.stdout.write(contenders.pinned ? 'everything on one processor\n' : 'not pinned\n');
try {
  const host = await contenders.echo(exchange.request.length, exchange.response);
  const triggers = ['cut@response.byte(17) on=settlement', 'cut@request.byte(17) on=settlement'];
  const ports = new Map<string, Contender>([
    ['direct', host],
    ...(there.has('haproxy') ? [['HAProxy', await contenders.haproxy(host.port)] as const] : []),
    ...(there.has('socat') ? [['socat', await contenders.socat(host.port)] as const] : []),
    ['relay', await contenders.relay(String(host.port), `${contenders.folder}/journal`, ...triggers)],
    ['relay, no journal', await contenders.relay(String(host.port), 'none', ...triggers)],
  ]);
  // Node compiles what is hot only after a while.
  for (const contender of ports.values()) await contenders.load(contender, 20, 2 * WALL_MS, exchange);
  const figures: Figure[] = [];
  for (const connections of CONNECTIONS) figures.push(...(await measure(ports, connections)));
  report(figures);
} finally {
  contenders.stop();
}

async function measure(ports: ReadonlyMap<string, Contender>, connections: number): Promise<Figure[]> {
  const found = new Map<string, Measured[]>([...ports.keys()].map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, contender] of ports) {
      found.get(name)?.push(await contenders.load(contender, connections, WALL_MS, exchange));
    }
  }
  const of = (name: string, what: keyof Measured) => median((found.get(name) ?? []).map((one) => one[what]));
  const added = (name: string, what: 'p50' | 'p99') => of(name, what) - of('direct', what);
  const peer = ports.has('HAProxy') ? 'HAProxy' : undefined;
  const at = `${connections} connection${connections > 1 ? 's' : ''}`;
  return [...ports.keys()].flatMap((name): Figure[] => {
    const lost = (found.get(name) ?? []).reduce((sum, one) => sum + one.lost, 0);
    const figure = (what: string, value: number, unit: string, other?: number): Figure => ({
      name: `${at}, ${name}: ${what}`,
      value,
      unit,
      ...(other !== undefined &&
        peer !== undefined &&
        name !== 'direct' && { beside: { name: peer, value: other } }),
    });
    return [
      figure('requests', of(name, 'rate'), '/s', of('HAProxy', 'rate')),
      figure('round trip p50', of(name, 'p50'), 'µs'),
      figure('round trip p99', of(name, 'p99'), 'µs'),
      ...(name === 'direct'
        ? []
        : [
            figure('added p50', added(name, 'p50'), 'µs', added('HAProxy', 'p50')),
            figure('added p99', added(name, 'p99'), 'µs'),
            figure('CPU a round trip', of(name, 'cpu'), 'µs', of('HAProxy', 'cpu')),
          ]),
      figure('connections lost', lost, ''),
    ];
  });
}
