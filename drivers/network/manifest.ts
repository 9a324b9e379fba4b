import type { Manifest } from '../../rig/bench/manifest.ts';
import type { Access, Region } from '../../rig/model/region.ts';
import { declareNetwork } from './kernel/declare.ts';
import { declareRelay } from './standalone/declare.ts';

const figures = (entry: Region | Access): Record<string, string> => ({
  rtt: `${entry.rtt} ms`,
  jitter: `${entry.jitter} ms`,
  source: `${entry.source.kind}: ${entry.source.from}`,
});

/** What the network plane adds to posrig: the relay, and the lists of places and access networks. */
export const network: Manifest = {
  drivers: [
    {
      name: 'relay',
      plane: 'network',
      summary:
        'userspace TCP relay between terminal and host: regions, delays, faults at a byte of a message',
      load: async () => (await import('./relay/index.ts')).relay,
    },
    {
      name: 'kernel',
      plane: 'network',
      summary:
        'the relay with nftables and routes below it: packets vanish, acknowledgements are withheld; needs CAP_NET_ADMIN',
      load: async () => (await import('./kernel/index.ts')).kernel,
    },
    {
      name: 'network-namespaces',
      plane: 'service',
      summary:
        'a network namespace for a terminal that is a program, behind a path of its own; needs CAP_NET_ADMIN',
      load: async () => (await import('./namespaces/index.ts')).networkNamespaces,
    },
  ],
  lists: {
    regions: async () =>
      [...(await import('./regions.ts')).loadRegions().values()].map((region) => ({
        id: region.id,
        title: region.title.en,
        titles: region.title,
        details: {
          ...figures(region),
          egress: region.egress,
          ...(region.entry === undefined ? {} : { entry: region.entry }),
          ...(region.location === undefined
            ? {}
            : { location: `${region.location.latitude}, ${region.location.longitude}` }),
          ...(region.cell === undefined
            ? {}
            : { cell: `${region.cell.mcc}-${region.cell.mnc}-${region.cell.lac}-${region.cell.ci}` }),
          ...(region.policy === undefined ? {} : { roaming: region.policy.roaming }),
          currency: region.currency,
          'pos-service': region['pos-service'],
        },
      })),
    access: async () =>
      [...(await import('./regions.ts')).loadAccess().values()].map((access) => ({
        id: access.id,
        title: access.title.en,
        titles: access.title,
        details: figures(access),
      })),
  },
  declare: (program) => {
    declareRelay(program);
    declareNetwork(program);
  },
  doctor: [
    async () => (await import('./kernel/doctor.ts')).examineKernel(),
    async () => (await import('./perf/peers.ts')).examinePerfPeers('limited')(),
  ],
};
