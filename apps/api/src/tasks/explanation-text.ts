import type { Explanation, ExplanationCode } from '@reelay/contracts/explain'
import { failureText, holdTexts, type Text } from './reason-texts.ts'

type Told = Omit<Explanation, 'text'>

/** An explanation in a sentence or two. Times are those of UTC, with their day where that is not `now`’s. */
export function explanationText(told: Told, { now, language }: { now: Date; language: keyof Text }): string {
  return sentences[told.because](figuresOf(told, now))[language]
}

type Figures = {
  told: Told
  /** Whether there is a time for the next step; as text it is `at`. */
  isTimed: boolean
  at: string
  /** Until when, where that is to come. */
  until: string | undefined
  since: string
  failures: number
  progress: number
}

function figuresOf(told: Told, now: Date): Figures {
  const { next, since, details } = told
  const clock = (iso: string) =>
    `${iso.slice(0, 10) === now.toISOString().slice(0, 10) ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, 19)} UTC`
  const isToCome = details.until !== undefined && Date.parse(details.until) > now.getTime()
  return {
    told,
    isTimed: next?.at != null,
    at: next?.at ? clock(next.at) : '',
    until: isToCome ? clock(details.until ?? '') : undefined,
    since: clock(since),
    failures: details.failures ?? 0,
    progress: details.progress ?? 0,
  }
}

const sentences: Record<ExplanationCode, (figures: Figures) => Text> = {
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
  probing: () => ({
    en: 'Upstream had trouble, and gets one video at a time until it takes one. Another is on its way; this one follows.',
    zh: '上游曾出现故障，恢复前每次只提交一个视频。当前有另一个正在提交，本视频随后发送。',
  }),
  not_its_turn: () => ({
    en: 'After a pause of upstream those that had no trouble go first, for three seconds. It follows.',
    zh: '上游暂停后，未遇到问题的任务优先发送（三秒内），本视频随后发送。',
  }),
  twin: ({ at, isTimed }) => ({
    en: `Another video with the same prompt and source is being sent. Until upstream has answered this one waits, so that a lost reply can’t be mistaken.${isTimed ? ` The next try is at ${at}.` : ''}`,
    zh: `另一个提示词和来源都相同的视频正在提交。为避免混淆丢失的应答，本视频等待其完成。${isTimed ? `下次尝试：${at}。` : ''}`,
  }),
  backoff: ({ at, failures }) => ({
    en: `It could not be sent (${count(failures, 'try', 'tries')} in a row). Nothing was paid. The next try is at ${at}.`,
    zh: `连续 ${failures} 次未能发送，没有产生费用。下次尝试：${at}。`,
  }),
  sending: ({ told: { next }, at }) =>
    next?.what === 'search'
      ? {
          en: `It is being sent to upstream. If there is no reply by ${at}, Reelay looks for the video there.`,
          zh: `正在提交到上游。若到 ${at} 仍无应答，Reelay 将在上游查找该视频。`,
        }
      : { en: 'A worker has it in hand and is about to send it.', zh: '工作进程正在处理，即将发送。' },
  no_upstream: ({ at, isTimed }) => ({
    en: `No upstream is set up here that could make it.${isTimed ? ` The next try is at ${at}.` : ''}`,
    zh: `当前没有可以生成该视频的上游。${isTimed ? `下次尝试：${at}。` : ''}`,
  }),
  earlier_video: ({ at, failures }) => ({
    en: `An earlier attempt was paid. Reelay asks upstream whether its video is still there before it pays again (${count(failures, 'look', 'looks')} so far). The next look is at ${at}.`,
    zh: `之前的尝试已付费。再次付费之前，Reelay 先向上游确认该视频是否仍在（已查看 ${failures} 次）。下次查看：${at}。`,
  }),
  may_turn_up: ({ at }) => ({
    en: `An earlier attempt may still turn up at upstream. It is paid again at ${at} at the earliest, as you asked.`,
    zh: `之前的尝试仍可能出现在上游。按您的要求再次付费，最早于 ${at}。`,
  }),
  too_late: () => ({
    en: 'Upstream did not take it in time. It is about to end as failed, and nothing was paid.',
    zh: '上游未能及时接收，该任务即将以失败结束，没有产生费用。',
  }),

  reply_lost: ({ told: { next }, at, until, failures }) => {
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
      { en: `The next look is at ${at}.`, zh: `下次查找：${at}。` },
      ...(until ? [{ en: `It gives up at ${until} at the earliest.`, zh: `最早于 ${until} 放弃。` }] : []),
    )
  },
  upstream_works: ({ progress, at }) => ({
    en: `Upstream is making it (${progress} %). Nothing is wrong. The next look is at ${at}.`,
    zh: `上游正在生成（${progress}%），一切正常。下次查看：${at}。`,
  }),
  upstream_silent: ({ failures, at, until }) => ({
    en: `Upstream gave no proper answer ${count(failures, 'time', 'times')} in a row. Reelay keeps asking${until ? `, until ${until} at most` : ''}. The next look is at ${at}.`,
    zh: `上游连续 ${failures} 次没有正常应答。Reelay 会继续查询${until ? `，最迟到 ${until}` : ''}。下次查看：${at}。`,
  }),
  upstream_misses: ({ failures, at }) => ({
    en: `Upstream said ${count(failures, 'time', 'times')} in a row that it has no such video. It is asked again at ${at} before the video counts as lost.`,
    zh: `上游连续 ${failures} 次表示没有该视频。在认定丢失之前将再次查询：${at}。`,
  }),
  nothing_to_play: ({ failures, at }) => ({
    en: `Upstream says that it is finished, but has nothing to play yet (${count(failures, 'look', 'looks')}). The next look is at ${at}.`,
    zh: `上游表示已完成，但暂无可播放的内容（已查看 ${failures} 次）。下次查看：${at}。`,
  }),
  overdue: ({ progress, at, until }) => ({
    en: `Upstream takes longer than usual (${progress} %). It may still finish${until ? `, and is followed until ${until}` : ''}. The next look is at ${at}.`,
    zh: `上游用时比平常更长（${progress}%），仍可能完成${until ? `，将跟踪到 ${until}` : ''}。下次查看：${at}。`,
  }),
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

  job_missing: ({ at }) => ({
    en: `Its job is not in the queue. It is added again by ${at}; nothing is lost.`,
    zh: `队列中缺少该任务的作业，最迟于 ${at} 重新加入，没有任何丢失。`,
  }),
  redis_away: () => ({
    en: 'Redis, which hands out the work, is away. The task is safe in the database, and goes on by itself when Redis is back.',
    zh: '负责分发工作的 Redis 暂时不可用。任务已安全保存在数据库中，Redis 恢复后自动继续。',
  }),
  stopped: () => ({
    en: 'An operator has stopped this queue. It goes on when the queue is resumed.',
    zh: '运维人员已暂停该队列，恢复后继续。',
  }),
  workers_late: ({ since }) => ({
    en: `It was due at ${since}, and no worker has taken it yet: all are busy or away.`,
    zh: `原定于 ${since} 处理，但尚无工作进程接手：它们都在忙碌或不可用。`,
  }),
  own_error: ({ failures, at }) => ({
    en: `Something went wrong on our side ${count(failures, 'time', 'times')} in a row. No such error ends a task. The next try is at ${at}.`,
    zh: `我们这边连续出错 ${failures} 次。这类错误不会终止任务。下次尝试：${at}。`,
  }),

  archiving: ({ failures, at, isTimed }) =>
    joined(
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
      ...(failures > 0 && isTimed ? [{ en: `The next try is at ${at}.`, zh: `下次尝试：${at}。` }] : []),
    ),
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
}

const stillLookedFor: Text = {
  en: 'Reelay still finds out whether it was made, so that the ledger is right.',
  zh: 'Reelay 仍会确认视频是否已生成，以保证账目正确。',
}

function joined(...texts: Text[]): Text {
  return { en: texts.map(({ en }) => en).join(' '), zh: texts.map(({ zh }) => zh).join('') }
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}
