import type { ExplanationCode } from '@reelay/contracts/explain'
import { count, joined, nextLook, type Sentence, when } from './figures.ts'

/** Of what upstream has, or may have. */
export const followed = {
  reply_lost: (figures) => {
    const {
      told: { next },
      at,
      until,
      failures,
    } = figures
    if (next?.what === 'give_up')
      return {
        en: 'The reply of upstream was lost, and this upstream has no list to look for the video in. It is about to be given up, and is never paid again without your word.',
        zh: '上游的应答丢失，且该上游没有可供查找的列表，即将放弃。未经您同意不会再次付费。',
      }
    const unread = {
      en: `Its list could not be read (${count(failures, 'try', 'tries')} in a row).`,
      zh: `连续 ${failures} 次无法读取上游列表。`,
    }
    return joined(
      {
        en: 'The reply of upstream was lost. Reelay looks for the video before it would ever pay again.',
        zh: '上游的应答丢失。在任何再次付费之前，Reelay 会先查找该视频。',
      },
      ...(failures > 0 ? [unread] : []),
      ...when(figures, { en: `The next look is at ${at}.`, zh: `下次查找：${at}。` }),
      ...(until ? [{ en: `It gives up at ${until} at the earliest.`, zh: `最早于 ${until} 放弃。` }] : []),
    )
  },
  upstream_works: (figures) => {
    const { progress } = figures
    return joined(
      {
        en: `Upstream is making it (${progress} %). Nothing is wrong.`,
        zh: `上游正在生成（${progress}%），一切正常。`,
      },
      ...nextLook(figures),
    )
  },
  upstream_silent: (figures) => {
    const { failures, until } = figures
    return joined(
      {
        en: `Upstream gave no proper answer ${count(failures, 'time', 'times')} in a row. Reelay keeps asking${until ? `, until ${until} at most` : ''}.`,
        zh: `上游连续 ${failures} 次没有正常应答。Reelay 会继续查询${until ? `，最迟到 ${until}` : ''}。`,
      },
      ...nextLook(figures),
    )
  },
  upstream_misses: ({ failures, at, isTimed }) => ({
    en: `Upstream said ${count(failures, 'time', 'times')} in a row that it has no such video. It is asked again${isTimed ? ` at ${at}` : ''} before the video counts as lost.`,
    zh: `上游连续 ${failures} 次表示没有该视频。在认定丢失之前将再次查询${isTimed ? `：${at}` : ''}。`,
  }),
  nothing_to_play: (figures) => {
    const { failures } = figures
    return joined(
      {
        en: `Upstream says that it is finished, but has nothing to play yet (${count(failures, 'look', 'looks')}).`,
        zh: `上游表示已完成，但暂无可播放的内容（已查看 ${failures} 次）。`,
      },
      ...nextLook(figures),
    )
  },
  overdue: (figures) => {
    const { progress, until } = figures
    return joined(
      {
        en: `Upstream takes longer than usual (${progress} %). It may still finish${until ? `, and is followed until ${until}` : ''}.`,
        zh: `上游用时比平常更长（${progress}%），仍可能完成${until ? `，将跟踪到 ${until}` : ''}。`,
      },
      ...nextLook(figures),
    )
  },
  upstream_gone: ({ told: { next }, until }) => {
    if (!next)
      return {
        en: 'It is finished, but the upstream that made it is no longer in use here, and our store has no copy.',
        zh: '视频已完成，但生成它的上游已不再使用，我们也没有保存副本。',
      }
    if (next.what === 'submit')
      return {
        en: 'The key that must make it is no longer set up here. It is sent when that is back.',
        zh: '必须使用的密钥已不再配置，恢复后即发送。',
      }
    return {
      en: `The upstream that it was sent to is no longer set up here, so nobody can be asked for it. It waits for that to come back${until ? `, until ${until} at most` : ''}.`,
      zh: `已提交到的上游不再配置，无法查询该视频。等待其恢复${until ? `，最迟到 ${until}` : ''}。`,
    }
  },
} satisfies Partial<Record<ExplanationCode, Sentence>>
