import type { Titles } from '../rig/model/event.ts';
import type { Blame, Verdict } from '../rig/model/verdict.ts';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const VERDICT_WORDS: Readonly<Record<Verdict, Titles>> = {
  passed: { en: 'passed', zh: '通过' },
  failed: { en: 'failed', zh: '不通过' },
  broken: { en: 'broken', zh: '台架故障' },
  inconclusive: { en: 'inconclusive', zh: '无法判定' },
  invalid: { en: 'invalid', zh: '文件有误' },
  skipped: { en: 'skipped', zh: '不适用' },
};

export const BLAME_WORDS: Readonly<Record<Blame, Titles>> = {
  terminal: { en: 'terminal', zh: '终端' },
  acquirer: { en: 'acquirer', zh: '收单方' },
  till: { en: 'till', zh: '收银机' },
  bench: { en: 'bench', zh: '测试台' },
  rig: { en: 'rig', zh: '测试系统' },
  file: { en: 'file', zh: '文件' },
};

/** What each verdict means, for people who see it for the first time. */
export const VERDICT_MEANING: Readonly<Record<Verdict, Titles>> = {
  passed: { en: 'Everything that was expected was observed.', zh: '所有预期均已观察到。' },
  failed: {
    en: 'A part under test did something else, and the evidence shows it.',
    zh: '被测对象的行为与预期不符,且有证据。',
  },
  broken: {
    en: 'The bench failed; nothing is said about the parts under test.',
    zh: '测试台出现故障,对被测对象不作结论。',
  },
  inconclusive: { en: 'The evidence is not enough for a verdict.', zh: '证据不足,无法得出结论。' },
  invalid: { en: 'The scenario or bench file is wrong.', zh: '场景文件或测试台文件有误。' },
  skipped: {
    en: 'Not applicable to this terminal or bench; see the reason.',
    zh: '不适用于该终端或测试台,见原因。',
  },
};

/** Renders one of two languages. */
export const say = (titles: Titles, lang: Language): string => titles[lang] || titles.en;
