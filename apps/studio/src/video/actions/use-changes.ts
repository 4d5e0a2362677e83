import { ReelayError } from '@reelay/client/client'
import type { Submitted } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import { useMutation } from '@tanstack/preact-query'
import { useRef } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { useClient, useTaskCache } from '../../data/data.tsx'
import { createIntents } from '../../data/intents.ts'

export function useCancel({ videoId }: Task, onDone: () => void) {
  const client = useClient()
  const cache = useTaskCache()
  return useMutation({
    mutationFn: () => client.cancel(videoId),
    onSuccess: (task) => {
      cache.put(task)
      onDone()
    },
  })
}

export function useRetry({ videoId }: Task, onDone: () => void) {
  const client = useClient()
  const cache = useTaskCache()
  return useMutation({
    mutationFn: (force: boolean) => client.retry(videoId, { force }),
    onSuccess: (task) => {
      cache.put(task)
      onDone()
    },
  })
}

export function useDelete({ videoId }: Task) {
  const client = useClient()
  const cache = useTaskCache()
  const [, navigate] = useLocation()
  return useMutation({
    mutationFn: () => client.deleteTask(videoId),
    onSuccess: () => {
      navigate('/')
      cache.forget(videoId)
    },
  })
}

/** Saves the clip, by a link that is made for it. */
export function useDownload({ videoId }: Task) {
  const client = useClient()
  return useMutation({
    mutationFn: () => client.contentLink(videoId),
    // It is saved, so the page stays where it is.
    onSuccess: ({ url }) => location.assign(`${url}?download=1`),
  })
}

type Remix = { prompt: string; model?: string }

/** Makes one remix for each intent, however often it is sent. The feed tells of it to all who show it. */
export function useRemix({ videoId }: Task, onDone: (made: Submitted) => void) {
  const client = useClient()
  const intents = useRef(createIntents())
  return useMutation({
    mutationFn: (remix: Remix) =>
      client.remix(videoId, { ...remix, clientRequestId: intents.current.keyFor({ videoId, ...remix }) }),
    onSuccess: (made) => {
      intents.current.answered()
      onDone(made)
    },
    onError: (error) => intents.current.answered({ status: error instanceof ReelayError ? error.status : 0 }),
  })
}
