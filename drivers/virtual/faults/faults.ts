import { closest } from 'fastest-levenshtein';
import { RigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { Port } from '../devices/line-device.ts';
import type { Random } from '../random.ts';
import type { TerminalBody } from '../terminal/body.ts';
import type { World } from '../world.ts';
import { BODY_FAULTS, type BodyFault, changed } from './body-faults.ts';
import { CABLE_FAULTS } from './cable-faults.ts';
import type { CableFault, CablePort, CableSite } from './line.ts';
import { NODE_FAULTS, type NodeFault, type PortNode } from './node-faults.ts';
import type { Title } from './title.ts';
import { WORLD_FAULTS, type WorldFault } from './world-faults.ts';

/** Where a fault lies. */
export type Where = 'mechanics' | 'surroundings' | 'line' | 'port';

export interface ListedFault extends Title {
  readonly id: string;
  readonly where: Where;
}

/** Every fault of the virtual bench that can be switched on by its name. */
export const BENCH_FAULTS: readonly ListedFault[] = [
  ...listed(WORLD_FAULTS, 'mechanics'),
  ...listed(BODY_FAULTS, 'surroundings'),
  ...listed(CABLE_FAULTS, 'line'),
  ...listed(NODE_FAULTS, 'port'),
];

function listed(faults: Readonly<Record<string, Title>>, where: Where): readonly ListedFault[] {
  return Object.entries(faults).map(([id, { title }]) => ({ id, where, title }));
}

/** What some faults make of a bench. All that is random comes from the seed of the bench and the name of the fault. */
export interface Faults {
  world(world: World): World;
  body(terminal: TerminalBody, clock: Clock): TerminalBody;
  cable(name: CablePort, port: Port, site: Omit<CableSite, 'random'>): Port;
  /** The ports as programs find them, and what ends with the bench. `folder` is the bench's own. */
  nodes(paths: Readonly<Record<CablePort, string>>, folder: string): Promise<Faulty>;
}

export interface Faulty {
  readonly paths: Readonly<Record<CablePort, string>>;
  end(): void;
}

/** Errors: BENCH_OPTION for a name that there is not, with the nearest one. */
export function checkFaults(ids: readonly string[]): void {
  const known = BENCH_FAULTS.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new RigError(
      'BENCH_OPTION',
      'file',
      `the virtual bench has no fault "${unknown}"; did you mean ${closest(unknown, known)}?`,
      { hint: 'See `posrig list bench-faults`.' },
    );
  }
}

/** Errors: those of `checkFaults`. */
export function faultsOf(ids: readonly string[], random: Random): Faults {
  checkFaults(ids);
  const chosen = <T>(faults: Readonly<Record<string, T>>) =>
    [...new Set(ids)].flatMap((id) => {
      const fault = Object.hasOwn(faults, id) ? faults[id] : undefined;
      return fault === undefined ? [] : [{ fault, own: random.fork(`fault ${id}`) }];
    });
  return {
    world: (world) =>
      chosen<WorldFault>(WORLD_FAULTS).reduce((so, { fault, own }) => fault.on(so, own), world),
    body: (terminal, clock) =>
      chosen<BodyFault>(BODY_FAULTS).reduce((so, { fault, own }) => {
        const changes = fault.on(so, own, clock);
        return changed(so, changes);
      }, terminal),
    cable: (name, port, site) =>
      chosen<CableFault>(CABLE_FAULTS)
        .filter(({ fault }) => fault.port === name)
        .reduce((so, { fault, own }) => fault.on(so, { ...site, random: own }), port),
    nodes: async (paths, folder) => {
      const found = { ...paths };
      const nodes: PortNode[] = [];
      for (const { fault, own } of chosen<NodeFault>(NODE_FAULTS)) {
        const node = await fault.on(found[fault.port], folder, own);
        nodes.push(node);
        found[fault.port] = node.path;
      }
      return {
        paths: found,
        end: () => {
          for (const node of nodes) node.end();
        },
      };
    },
  };
}
