import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { stopwatch } from '../measure/times.ts'

/** What a thread of its own sends, one each `everyMs`. */
export type SteadyRemixes = {
  apiUrl: string
  everyMs: number
  requests: { key: string; prompt: string; source: string | undefined; token: string }[]
}

export type SteadyAnswer = { videoId: string; ms: number }

const { apiUrl, everyMs, requests }: SteadyRemixes = workerData

async function remix({ key, prompt, source, token }: SteadyRemixes['requests'][number]) {
  const took = stopwatch()
  const response = await fetch(`${apiUrl}/api/video/tasks/${source}/remix`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify({ prompt }),
  })
  const answer = (await response.json()) as { data?: { videoId: string } }
  if (!answer.data) throw new Error(`a remix was answered ${response.status}`)
  return { videoId: answer.data.videoId, ms: took() }
}

const answers: Promise<SteadyAnswer>[] = []
for (const request of requests) {
  answers.push(remix(request))
  await sleep(everyMs)
}
parentPort?.postMessage(await Promise.all(answers))
