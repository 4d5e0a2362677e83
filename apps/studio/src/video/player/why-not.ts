import type { ReelayClient } from '@reelay/client/client'
import { errorOf } from '@reelay/client/errors'

/** Why a clip doesn't play: a player itself says nothing but that it doesn't. */
export async function whyNot(
  client: Pick<ReelayClient, 'content'>,
  videoId: string,
): Promise<{ state: 'gone' | 'trouble'; message?: string }> {
  try {
    const response = await client.content(videoId, 'bytes=0-0')
    if (response.ok) {
      await response.body?.cancel()
      return { state: 'trouble' }
    }
    const { status, code, message } = await errorOf(response)
    const state = status === 410 || status === 404 ? 'gone' : 'trouble'
    // What no api of ours said is nothing to show.
    return code === 'unknown' ? { state } : { state, message }
  } catch {
    return { state: 'trouble' }
  }
}
