import type { EventOf } from '../../rig/model/event.ts';
import { oneLine } from '../text.ts';
import type { Certification, CertifiedRun } from './view.ts';

type Start = EventOf<'run.start'>;
type Made = CertifiedRun & { readonly start: Start };

/**
 * Where what the runs recorded of the device under test is not what the campaign says of it: firmware, maker and model,
 * serial numbers, a run that did not test the terminal at all, several kinds of terminal in one campaign, and bench or
 * profile files that changed between runs. Each is named with the field of the campaign file and the run. A report with any
 * of them would be about another thing than the one on its cover. A change of a file is in order once a deviation names it.
 */
export function contradictions(certification: Certification): readonly string[] {
  const runs = certification.runs.flatMap((certified): Made[] =>
    certified.run.start ? [{ ...certified, start: certified.run.start }] : [],
  );
  return [...identity(certification, runs), ...serials(certification, runs), ...changes(certification, runs)];
}

const named = ({ number, name }: Made): string => `run ${number} (${oneLine(name, 120)})`;
const quoted = (text: string): string => `"${oneLine(text, 120)}"`;

function identity({ basis }: Certification, runs: readonly Made[]): readonly string[] {
  const { item } = basis.campaign;
  return runs.flatMap((run) => {
    const { firmware, profile, underTest } = run.start;
    const recorded = [
      ['item.firmware', item?.firmware, firmware, 'was made with', same],
      ['item.make', item?.make, profile.maker, 'tested a terminal of', alike],
      ['item.model', item?.model, profile.model, 'tested a', alike],
    ] as const;
    return [
      ...recorded.flatMap(([field, stated, found, verb, fits]) =>
        stated && found && !fits(stated, found)
          ? [`${field}: ${quoted(stated)}, but ${named(run)} ${verb} ${quoted(found)}`]
          : [],
      ),
      ...(underTest.includes('terminal')
        ? []
        : [`item: ${named(run)} did not test the terminal, but ${underTest.join(', ')}`]),
    ];
  });
}

function serials({ basis }: Certification, runs: readonly Made[]): readonly string[] {
  const stated = (basis.campaign.item?.serials ?? []).flatMap((serial) => (serial ? [serial] : []));
  if (stated.length === 0) return [];
  const others = runs.flatMap((run) => {
    const { serial } = run.start;
    return serial === undefined || stated.some((one) => same(one, serial))
      ? []
      : [`item.serials: ${named(run)} tested the unit ${quoted(serial)}, which is not among them`];
  });
  // Only when every run says which unit it had can it be told that one was never tested.
  const tested = runs.flatMap(({ start }) => (start.serial === undefined ? [] : [start.serial]));
  const untested =
    runs.length > 0 && tested.length === runs.length
      ? stated.filter((serial) => !tested.some((one) => same(one, serial)))
      : [];
  return [...others, ...untested.map((serial) => `item.serials: no run tested the unit ${quoted(serial)}`)];
}

function changes({ basis }: Certification, runs: readonly Made[]): readonly string[] {
  const told = (basis.campaign.deviations ?? [])
    .map(({ what, why }) => `${what ?? ''} ${why ?? ''}`)
    .join('\n');
  const [first] = runs;
  const found: string[] = [];
  for (const [i, run] of runs.entries()) {
    if (first && run.start.profile.id !== first.start.profile.id)
      found.push(
        `item.model: ${named(run)} tested a ${run.start.profile.id}, ${named(first)} a ${first.start.profile.id}`,
      );
    for (const file of ['profile', 'bench'] as const) {
      const { id, sha256 } = run.start[file];
      const before = runs.slice(0, i).findLast((other) => other.start[file].id === id);
      if (before && before.start[file].sha256 !== sha256 && !mentions(told, id))
        found.push(
          `deviations: the ${file} ${quoted(id)} was changed between ${named(before)} and ${named(run)}, and no deviation names it`,
        );
    }
  }
  return found;
}

const mentions = (told: string, id: string): boolean =>
  told.split(/[^a-z0-9-]+/i).some((word) => word.toLowerCase() === id.toLowerCase());

/** Versions and serial numbers: as they are written, but for blanks around them and large letters. */
const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Names: word for word, whatever stands between the words; one may say more ("Acme" and "Acme Payments Ltd"). */
function alike(a: string, b: string): boolean {
  const words = (text: string) =>
    text
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean)
      .join(' ');
  const [one, other] = [` ${words(a)} `, ` ${words(b)} `];
  const joined = (text: string) => text.replaceAll(' ', '');
  return one.includes(other) || other.includes(one) || joined(one) === joined(other);
}
