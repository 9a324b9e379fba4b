import type { ListEntry } from '../bench/manifest.ts';
import type { House } from './house.ts';

/** The lists that the rig itself knows: scenarios, plans, claims, profiles, cards, drivers. */
export function shippedLists(house: House): Record<string, () => Promise<readonly ListEntry[]>> {
  return {
    drivers: async () =>
      (house.drivers.drivers ?? []).map(({ name, plane, summary }) => ({
        id: name,
        title: summary,
        details: { plane },
      })),
    scenarios: async () => {
      const [{ selectScenarios }, { valueOrThrow }, { packaged }] = await Promise.all([
        import('../scenario/select.ts'),
        import('../bench/load-issue.ts'),
        import('../model/package-root.ts'),
      ]);
      return valueOrThrow(selectScenarios([packaged('scenarios')])).map((scenario) => ({
        id: scenario.id,
        title: scenario.title.en,
        titles: scenario.title,
        details: { theme: scenario.theme, proves: scenario.proves.join(', ') },
      }));
    },
    plans: async () => {
      const [{ readdirSync }, { loadData }, { PlanFile }, { valueOrThrow }, { packaged }] = await Promise.all(
        [
          import('node:fs'),
          import('../bench/load.ts'),
          import('../scenario/schema.ts'),
          import('../bench/load-issue.ts'),
          import('../model/package-root.ts'),
        ],
      );
      return readdirSync(packaged('scenarios/plans'))
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => valueOrThrow(loadData(packaged(`scenarios/plans/${name}`), PlanFile)).value)
        .map(({ id, title }) => ({ id, title: title.en, titles: title }));
    },
    claims: async () => {
      const [{ loadData, SHIPPED }, { ClaimFile }, { valueOrThrow }, { packaged }] = await Promise.all([
        import('../bench/load.ts'),
        import('../scenario/schema.ts'),
        import('../bench/load-issue.ts'),
        import('../model/package-root.ts'),
      ]);
      const { claims } = valueOrThrow(loadData(packaged(SHIPPED.claims), ClaimFile)).value;
      return claims.map(({ id, title }) => ({ id, title: title.en, titles: title }));
    },
    profiles: async () => {
      const [{ loadProfile, shippedProfiles }, { valueOrThrow }] = await Promise.all([
        import('../bench/load.ts'),
        import('../bench/load-issue.ts'),
      ]);
      return shippedProfiles()
        .map((id) => valueOrThrow(loadProfile(id)).value)
        .map(({ id, title, maker, model, dialect }) => ({
          id,
          title: title.en,
          titles: title,
          details: { maker, model, dialect },
        }));
    },
    cards: async () => {
      const [{ loadCards, SHIPPED }, { valueOrThrow }, { packaged }, { maskPan }] = await Promise.all([
        import('../bench/load.ts'),
        import('../bench/load-issue.ts'),
        import('../model/package-root.ts'),
        import('../model/card.ts'),
      ]);
      const { cards } = valueOrThrow(loadCards(packaged(SHIPPED.cards))).value;
      return cards.map(({ id, title, pan, scheme, entry }) => ({
        id,
        title: title.en,
        titles: title,
        details: { pan: maskPan(pan), scheme, entry: entry.join('/') },
      }));
    },
  };
}
