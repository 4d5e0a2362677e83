import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { VideoId } from '@reelay/contracts/task'

const LINK_LIFE_MS = 10 * 60_000

export type Links = ReturnType<typeof createLinks>

export function createLinks({ publicUrl, secret }: { publicUrl?: string | undefined; secret: string }) {
  const base = publicUrl?.replace(/\/$/, '') ?? ''
  const key = createSecretKey(createHmac('sha256', secret).update('content link').digest())
  // A link is for looking only, whatever else may once be found at its address.
  const sign = (claim: string) => createHmac('sha256', key).update(`GET ${claim}`).digest('base64url')

  return {
    task: (videoId: VideoId) => ({
      self: `${base}/api/video/tasks/${videoId}`,
      events: `${base}/api/sse/task-updates?videoId=${videoId}`,
      lineage: `${base}/api/video/tasks/${videoId}/lineage`,
    }),

    content(videoId: VideoId, now = Date.now()): { url: string; expiresAt: number } {
      const expiresAt = now + LINK_LIFE_MS
      const claim = `${videoId}.${expiresAt.toString(36)}`
      return { url: `${base}/api/video/content/${claim}.${sign(claim)}`, expiresAt }
    },

    /** The video that a link opens, unless it was tampered with or has expired. */
    openContent(signed: string): VideoId | undefined {
      const [videoId = '', expiry = '', signature = ''] = signed.split('.')
      const expected = Buffer.from(sign(`${videoId}.${expiry}`))
      const given = Buffer.from(signature)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
      return Number.parseInt(expiry, 36) > Date.now() ? VideoId.parse(videoId) : undefined
    },
  }
}
