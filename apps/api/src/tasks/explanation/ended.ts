import type { ExplanationCode } from '@reelay/contracts/explain'
import { count, joined, nextTry, type Sentence, type Text } from './figures.ts'
import { failureText } from './reasons.ts'

const stillLookedFor: Text = {
  en: 'Reelay still finds out whether it was made, so that the ledger is right.',
  zh: 'Reelay 仍会确认视频是否已生成，以保证账目正确。',
}

export const ended = {
  archiving: (figures) => {
    const { failures } = figures
    return joined(
      {
        en: 'It is finished. Its clip is being copied to our own store.',
        zh: '视频已完成，正在复制到我们的存储。',
      },
      ...(failures > 0
        ? [
            {
              en: `That failed ${count(failures, 'time', 'times')} in a row.`,
              zh: `已连续失败 ${failures} 次。`,
            },
          ]
        : []),
      ...(failures > 0 ? nextTry(figures) : []),
    )
  },
  archive_lost: () => ({
    en: 'It is finished, but upstream no longer had its clip when it was to be copied to our own store.',
    zh: '视频已完成，但在复制到我们的存储之前，上游已不再保存该视频。',
  }),
  clip_removed: ({ told: { details } }) =>
    details.credential
      ? {
          en: 'It is finished, and the copy in our own store was removed. It plays while upstream still has it.',
          zh: '视频已完成，我们存储中的副本已删除。上游仍保存时可以播放。',
        }
      : { en: 'The clip of this upload was removed.', zh: '该上传的视频已被删除。' },
  completed: () => ({ en: 'It is finished.', zh: '视频已完成。' }),
  failed: ({ told: { details, next } }) =>
    joined(
      failureText(details.code ?? 'upstream_failed', details.credential !== undefined),
      ...(next ? [stillLookedFor] : []),
    ),
  cancelled: ({ told: { details, next } }) => {
    if (next)
      return joined(
        { en: 'It was cancelled after it had been sent.', zh: '任务在提交之后被取消。' },
        stillLookedFor,
      )
    return details.credential
      ? {
          en: 'It was cancelled. Upstream had taken it, and what it makes may still cost.',
          zh: '任务已取消。上游已经接收，仍可能产生费用。',
        }
      : { en: 'It was cancelled, and no video of it is known.', zh: '任务已取消，没有与之对应的视频。' }
  },
} satisfies Partial<Record<ExplanationCode, Sentence>>
