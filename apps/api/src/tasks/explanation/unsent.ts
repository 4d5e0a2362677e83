import type { ExplanationCode } from '@reelay/contracts/explain'
import { count, joined, nextLook, nextTry, type Sentence, when } from './figures.ts'
import { holdTexts } from './reasons.ts'

export const unsent = {
  in_queue: ({ told: { details }, at, isTimed }) => {
    const { behind } = details
    if (isTimed)
      return { en: `Waits for its turn. The next try is at ${at}.`, zh: `正在排队，将于 ${at} 再次尝试。` }
    if (behind === undefined) return { en: 'Waits for its turn.', zh: '正在排队。' }
    if (behind === 0) return { en: 'Waits for its turn: it is the next one.', zh: '正在排队，下一个就是它。' }
    return {
      en: `Waits for its turn: ${count(behind, 'other is', 'others are')} before it.`,
      zh: `正在排队，前面还有 ${behind} 个。`,
    }
  },
  held: ({ told, at }) =>
    joined(holdTexts[told.details.holdBecause ?? 'upstream_errors'], {
      en: `Nothing is sent with its key now. It is sent at ${at} at the earliest.`,
      zh: `该密钥暂停提交，最早于 ${at} 发送。`,
    }),
  turned_away: ({ told, at }) =>
    joined(holdTexts[told.details.holdBecause ?? 'unclear'], {
      en: `Only this video waits. It is sent at ${at} at the earliest.`,
      zh: `只有本视频需要等待，最早于 ${at} 发送。`,
    }),
  no_permit: ({ told: { details } }) => ({
    en: `${details.maxInFlight === undefined ? 'All places' : `All places (${details.maxInFlight})`} of its key are taken. It is sent as soon as one is free.`,
    zh: `该密钥的并发名额${details.maxInFlight === undefined ? '' : `（${details.maxInFlight} 个）`}已用完，有空位后立即发送。`,
  }),
  rate_limited: ({ at, isTimed }) => ({
    en: `Its key may send only so many a minute. It is sent ${isTimed ? `at ${at} at the earliest` : 'as soon as it may'}.`,
    zh: `该密钥每分钟的提交次数有限，${isTimed ? `最早于 ${at} 发送` : '一旦允许即发送'}。`,
  }),
  probing: (figures) =>
    joined(
      {
        en: 'Upstream had trouble, and gets one video at a time until it takes one. Another is on its way; this one follows.',
        zh: '上游曾出现故障，恢复前每次只提交一个视频。当前有另一个正在提交，本视频随后发送。',
      },
      ...when(figures),
    ),
  not_its_turn: (figures) =>
    joined(
      {
        en: 'After a pause of upstream those that had no trouble go first, for three seconds. It follows.',
        zh: '上游暂停后，未遇到问题的任务优先发送（三秒内），本视频随后发送。',
      },
      ...when(figures),
    ),
  twin: (figures) =>
    joined(
      {
        en: `Another video with the same prompt and source is being sent. Until upstream has answered this one waits, so that a lost reply can’t be mistaken.`,
        zh: `另一个提示词和来源都相同的视频正在提交。为避免混淆丢失的应答，本视频等待其完成。`,
      },
      ...nextTry(figures),
    ),
  backoff: (figures) =>
    joined(
      {
        en: `It could not be sent (${count(figures.failures, 'try', 'tries')} in a row). Nothing was paid.`,
        zh: `连续 ${figures.failures} 次未能发送，没有产生费用。`,
      },
      ...nextTry(figures),
    ),
  sending: ({ told: { next }, at }) =>
    next?.what === 'search'
      ? {
          en: `It is being sent to upstream. If there is no reply by ${at}, Reelay looks for the video there.`,
          zh: `正在提交到上游。若到 ${at} 仍无应答，Reelay 将在上游查找该视频。`,
        }
      : { en: 'A worker has it in hand and is about to send it.', zh: '工作进程正在处理，即将发送。' },
  no_upstream: (figures) =>
    joined(
      {
        en: `No upstream is set up here that could make it.`,
        zh: `当前没有可以生成该视频的上游。`,
      },
      ...nextTry(figures),
    ),
  earlier_video: (figures) =>
    joined(
      {
        en: `An earlier attempt was paid. Reelay asks upstream whether its video is still there before it pays again (${count(figures.failures, 'look', 'looks')} so far).`,
        zh: `之前的尝试已付费。再次付费之前，Reelay 先向上游确认该视频是否仍在（已查看 ${figures.failures} 次）。`,
      },
      ...nextLook(figures),
    ),
  may_turn_up: ({ at }) => ({
    en: `An earlier attempt may still turn up at upstream. It is paid again at ${at} at the earliest, as you asked.`,
    zh: `之前的尝试仍可能出现在上游。按您的要求再次付费，最早于 ${at}。`,
  }),
  too_late: () => ({
    en: 'Upstream did not take it in time. It is about to end as failed, and nothing was paid.',
    zh: '上游未能及时接收，该任务即将以失败结束，没有产生费用。',
  }),
} satisfies Partial<Record<ExplanationCode, Sentence>>
