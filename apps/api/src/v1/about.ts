import type { About } from '../openapi/about.ts'
import {
  ofDerivations as ofNativeDerivations,
  ofSubmissions as ofNativeSubmissions,
} from '../openapi/submission.ts'

export const ofVideos = { tag: 'videos', security: ['bearer'] } satisfies Partial<About>

export const maybeUnfinished = { headers: ['openai-poll-after-ms'] } satisfies NonNullable<
  About['returns']
>[number]

export const ofSubmissions = {
  ...ofNativeSubmissions,
  ...ofVideos,
  description:
    'Waits a short while for upstream’s acceptance, and shows the video as it is then: also one that waits for its turn is 200. Sent again by an SDK, or with the same key, it makes no second one.',
  returns: { 200: maybeUnfinished },
} satisfies Omit<About, 'summary'>

export const ofDerivations = { ...ofSubmissions, fails: ofNativeDerivations.fails } satisfies Omit<
  About,
  'summary'
>
