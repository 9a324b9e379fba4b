import type { Titles } from '../../rig/model/event.ts';
import { type Language, say } from '../words.ts';

const WORDS = {
  trend: { en: 'Trend', zh: '趋势' },
  firmware: { en: 'Firmware', zh: '固件' },
  bench: { en: 'Bench', zh: '测试台' },
  scenario: { en: 'Scenario', zh: '场景' },
  verdict: { en: 'Verdict', zh: '判定' },
  tonight: { en: 'Last night', zh: '最近一次' },
  gates: { en: 'The gate is shut', zh: '门禁不放行' },
  open: { en: 'The gate is open', zh: '门禁放行' },
  gating: { en: 'What shuts the gate', zh: '不放行的原因' },
  nothingGates: { en: 'Nothing that ran shuts the gate.', zh: '没有任何已运行的场景导致不放行。' },
  cut: {
    en: 'The run was not finished; that alone shuts the gate.',
    zh: '运行未完成,仅此即不放行。',
  },
  changes: { en: 'What changed', zh: '变化' },
  noChanges: {
    en: 'Every scenario came to what it came to before.',
    zh: '各场景的判定均与上一次相同。',
  },
  firstNight: { en: 'This is the first run of this bench in the history.', zh: '这是该测试台的首次记录。' },
  before: { en: 'Before', zh: '此前' },
  now: { en: 'Now', zh: '现在' },
  since: { en: 'Before was', zh: '此前运行' },
  rewritten: { en: 'the scenario was changed', zh: '场景文件已修改' },
  quarantine: { en: 'In quarantine', zh: '隔离中' },
  owner: { en: 'Owner', zh: '负责人' },
  until: { en: 'Until', zh: '截止' },
  reason: { en: 'Reason', zh: '原因' },
  expired: { en: 'Quarantine that is over', zh: '已到期的隔离' },
  expiredText: {
    en: 'These gate again: renew the entry with a reason, or take it out.',
    zh: '这些场景重新参与门禁:请说明理由后续期,或删除该条目。',
  },
  nights: { en: 'Nights', zh: '历次运行' },
  shown: { en: 'the last {0} of {1}', zh: '共 {1} 次,显示最近 {0} 次' },
  steadiness: { en: 'Steadiness', zh: '稳定性' },
  steadyText: {
    en: 'Score: changes between passed and failed per chance to change, with the Wilson interval of 95 %, for one version of a scenario with one firmware on one bench, over at most 50 attempts.',
    zh: '得分:在同一场景版本、同一固件、同一测试台上,通过与不通过之间的变化次数与可变化次数之比,附 95 % Wilson 区间,最多统计 50 次。',
  },
  steady: {
    en: 'Passed every time: {0}',
    zh: '每次均通过:{0}',
  },
  unsteadyNone: { en: 'Nothing is unsteady.', zh: '没有不稳定的场景。' },
  score: { en: 'Score', zh: '得分' },
  interval: { en: 'Interval', zh: '区间' },
  undecided: { en: 'Undecided', zh: '未判定' },
  trail: { en: 'Verdicts, oldest first', zh: '历次判定(由早到晚)' },
} as const satisfies Readonly<Record<string, Titles>>;

/** A word of the trend page; `{0}` and so on are filled in. */
export const said = (
  lang: Language,
  key: keyof typeof WORDS,
  ...values: readonly (string | number)[]
): string =>
  values.reduce<string>(
    (text, value, i) => text.replace(`{${i}}`, () => String(value)),
    say(WORDS[key], lang),
  );
