import type { ErrorCode, HoldReason } from '@reelay/contracts/lifecycle'

export type Text = { en: string; zh: string }

/** What upstream last said, to people who wait for it. */
export const holdTexts: Record<HoldReason, Text> = {
  rate_limited: { en: 'Upstream asked us to wait (too many requests).', zh: '上游要求等待（请求过多）。' },
  key_rejected: { en: 'Upstream rejected our key.', zh: '上游拒绝了我们的密钥。' },
  balance_empty: { en: 'Our balance at upstream is empty.', zh: '我们在上游的余额不足。' },
  misconfigured: { en: 'Upstream was not found at its address.', zh: '上游地址配置有误。' },
  upstream_errors: { en: 'Upstream answered with errors.', zh: '上游返回错误。' },
  unclear: { en: 'Upstream said no, and not why.', zh: '上游拒绝了请求，但未说明原因。' },
}

/** What was never made can't be lost: then it is the picture or the clip that it was to be made from. */
export function failureText(code: ErrorCode, isMade: boolean): Text {
  if (code === 'upstream_lost' && !isMade)
    return { en: 'What it was to be made from is no longer there.', zh: '用于生成该视频的素材已不存在。' }
  return failureTexts[code]
}

const failureTexts: Record<ErrorCode, Text> = {
  upstream_refused: {
    en: 'Upstream refused the request; nothing was made.',
    zh: '上游拒绝了该请求，没有生成视频。',
  },
  moderation_blocked: { en: 'Upstream’s moderation blocked it.', zh: '上游的内容审核拦截了该请求。' },
  insufficient_quota: { en: 'The balance at upstream was not enough.', zh: '上游余额不足。' },
  submission_unknown: {
    en: 'Upstream never answered, and whether the video was made is not known. Only a forced retry pays again.',
    zh: '上游没有应答，无法确定视频是否已生成。只有强制重试才会再次付费。',
  },
  upstream_failed: { en: 'Upstream could not make it.', zh: '上游未能生成该视频。' },
  upstream_lost: { en: 'Upstream no longer has the video.', zh: '上游已不再保存该视频。' },
  no_content: {
    en: 'Upstream said that it was finished, but had nothing to play.',
    zh: '上游表示已完成，但没有可播放的内容。',
  },
  timeout: { en: 'It was not finished in time.', zh: '未能及时完成。' },
}
