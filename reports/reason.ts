import type { EventOf } from '../rig/model/event.ts';
import type { ScenarioBrief } from './model.ts';
import { phrase } from './phrases.ts';
import { type Language, say } from './words.ts';

/** What an invariant says, in words; journals of older versions have its name only. */
export const invariantTitle = ({ title, name }: EventOf<'invariant'>, lang: Language): string =>
  title ? say(title, lang) : name;

/** A reason of this scenario in a report's language. */
export const reasonIn = ({ invariants, findings }: ScenarioBrief, reason: string, lang: Language): string => {
  const written = lang === 'zh' ? findings.find((finding) => finding.reason === reason)?.zh : undefined;
  return written ?? reasonText(invariants, reason, lang);
};

/** A reason in a report's language: invariants by their titles, the rig's own sentences translated. */
export function reasonText(
  invariants: readonly EventOf<'invariant'>[],
  reason: string,
  lang: Language,
): string {
  const broken = invariants.find(({ name }) => reason.startsWith(`${name}: `));
  if (broken) {
    const colon = lang === 'zh' ? ':' : ': ';
    return `${invariantTitle(broken, lang)}${colon}${phrase(reason.slice(broken.name.length + 2), lang)}`;
  }
  return phrase(reason, lang);
}
