import { ReelayError } from '@reelay/client/client'
import { useMutation } from '@tanstack/preact-query'
import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useClient } from '../../data/data.tsx'
import { whyNot } from './why-not.ts'

/** A little less than what a link is good for. By this machine's clock alone, which may be another than the api's. */
const LINK_LIFE_MS = 9.5 * 60_000

type Link = { url: string; since: number }
type Ended = { state: 'gone' | 'trouble'; message?: string | undefined }

/**
 * A link to a clip, for a player. It is renewed when it expired, and the player goes on where it was: links are good
 * for minutes, and people pause for hours.
 */
export function useClip(videoId: string, video: RefObject<HTMLVideoElement>) {
  const client = useClient()
  const [link, setLink] = useState<Link>()
  const [ended, setEnded] = useState<Ended>()
  const resumeAt = useRef<{ time: number; plays: boolean } | undefined>(undefined)
  // No query: a link that is read anew for any other reason would interrupt the player.
  const { mutate: load } = useMutation({
    mutationFn: () => client.contentLink(videoId),
    onSuccess: ({ url }) => setLink({ url, since: Date.now() }),
    onError: (error) => setEnded(endOf(error)),
  })
  useEffect(() => load(), [load])

  const isOld = () => link !== undefined && Date.now() - link.since > LINK_LIFE_MS

  function renew() {
    const { current } = video
    if (current) resumeAt.current = { time: current.currentTime, plays: !current.paused }
    // The player comes back with the new link only.
    if (ended) setLink(undefined)
    setEnded(undefined)
    load()
  }

  async function onError() {
    if (isOld()) renew()
    else setEnded(await whyNot(client, videoId))
  }

  function onLoadedMetadata() {
    const { current } = video
    const wanted = resumeAt.current
    resumeAt.current = undefined
    if (!current || !wanted) return
    current.currentTime = wanted.time
    // A page may not play by itself: then it waits for a click, where it was.
    if (wanted.plays) void current.play().catch(() => {})
  }

  return {
    state: ended?.state ?? ('ready' as const),
    message: ended?.message,
    url: link?.url,
    retry: renew,
    handlers: {
      onError: () => void onError(),
      onLoadedMetadata,
      onPlay: () => void (isOld() && renew()),
    },
  }
}

function endOf(error: Error): Ended {
  if (!(error instanceof ReelayError) || error.status === 0) return { state: 'trouble' }
  return { state: error.status === 410 || error.status === 404 ? 'gone' : 'trouble', message: error.message }
}
