import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { type Fate, startCuttingProxy } from '../../api/test/support/cutting-proxy.ts'
import { admin, type Bill, endOf, startInProcess, startUpstream, upstreamOf } from './in-process.ts'

const patient = { REMIX_ACCEPT_WAIT_MS: '60000' }

/** An api and a worker over a simulator, another pair whose upstream is the first, and an SDK at the second. */
async function startChain(innerSettings: Record<string, string> = patient) {
  await using parts = new AsyncDisposableStack()
  const simulator = await startUpstream('openai', ['one'], { oneClip: true })
  parts.defer(() => simulator.close())
  const inner = parts.use(
    await startInProcess([upstreamOf('one', simulator, 'openai', ['one'])], innerSettings),
  )
  const { key } = await inner.client.createKey({ name: 'the outer one' })
  let isNextCut = false
  const fate = (_: number, request: Buffer): Fate => {
    if (!isNextCut || request.toString('latin1', 0, 5) !== 'POST ') return 'live'
    isNextCut = false
    return { cutAfter: 0 }
  }
  const between = parts.use(await startCuttingProxy(inner.apiUrl, fate))
  const outer = parts.use(
    await startInProcess([], {
      UPSTREAMS: '',
      SORA_BASE_URL: `${between.origin}/v1`,
      SORA_API_KEY: key,
      SORA_DIALECT: 'openai',
      ...patient,
    }),
  )
  const own = await outer.client.createKey({ name: 'sdk' })
  const moved = parts.move()
  return {
    simulator,
    inner,
    outer,
    sdk: new OpenAI({ baseURL: `${outer.apiUrl}/v1`, apiKey: own.key }),
    /** The answer to the next POST between the two is lost. */
    cutNextAnswer() {
      isNextCut = true
    },
    isCut: () => !isNextCut,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  }
}

type Chain = Awaited<ReturnType<typeof startChain>>

test('a Reelay is an upstream of another', async () => {
  await using chain = await startChain()
  const { sdk } = chain
  const asked = { model: 'sora-2', seconds: '4', size: '1280x720' } as const
  const first = await sdk.videos.create({ prompt: 'a red kite', ...asked })
  expect(first).toMatchObject({ status: 'in_progress', prompt: 'a red kite', ...asked })
  await completed(first.id, chain)
  const remix = await sdk.videos.remix(first.id, { prompt: 'at night' })
  const edit = await sdk.videos.edit({ prompt: 'without the string', video: { id: first.id } })
  const extension = await sdk.videos.extend({ prompt: 'it lands', seconds: '4', video: { id: first.id } })
  for (const { id } of [remix, edit, extension]) await completed(id, chain)

  const clip = await (await sdk.videos.downloadContent(remix.id)).arrayBuffer()
  expect(Buffer.from(clip).toString('latin1', 4, 8)).toBe('ftyp')
  const listed = await Array.fromAsync(sdk.videos.list({ limit: 3 }))
  expect(listed.map(({ id }) => id)).toEqual([extension.id, edit.id, remix.id, first.id])
  const derived = listed.slice(0, 3).map(({ remixed_from_video_id }) => remixed_from_video_id)
  expect(derived).toEqual([first.id, first.id, first.id])
  const { total, mistakes } = await bill(chain)
  expect(total).toBe(4)
  expect(Object.values(mistakes).every((count) => count === 0)).toBe(true)
})

test('an answer that is lost between two Reelays is found in the list of the inner one', async () => {
  await using chain = await startChain()
  const { sdk } = chain
  chain.cutNextAnswer()
  const first = await sdk.videos.create({ prompt: 'a red kite' })
  expect(chain.isCut()).toBe(true)
  await completed(first.id, chain)
  chain.cutNextAnswer()
  const remix = await sdk.videos.remix(first.id, { prompt: 'at night' })
  expect(chain.isCut()).toBe(true)
  await completed(remix.id, chain)
  const { total, jobs } = await bill(chain)
  expect(total).toBe(2)
  expect(jobs.map(({ prompt }) => prompt)).toEqual(['a red kite', 'at night'])
})

test('a prompt that upstream refuses is refused at both ends', async () => {
  await using chain = await startChain()
  const blocked = chain.sdk.videos.create({ prompt: 'a duel [fault:refuse_moderation]' })
  await expect(blocked).rejects.toMatchObject({ status: 400, code: 'moderation_blocked' })
  expect((await bill(chain)).total).toBe(0)
})

test('what the inner one may have paid for is not asked for again', async () => {
  await using chain = await startChain({
    REMIX_ACCEPT_WAIT_MS: '0',
    SORA_SUBMIT_TIMEOUT_MS: '1500',
    RECONCILE_WINDOW_MS: '3000',
  })
  const { sdk } = chain
  const { id } = await sdk.videos.create({ prompt: 'a red kite [fault:server_error]' })
  await expect.poll(async () => (await sdk.videos.retrieve(id)).status, { timeout: 120_000 }).toBe('failed')
  expect((await sdk.videos.retrieve(id)).error).toMatchObject({ code: 'submission_unknown' })
  const requests = await admin<{ method: string }[]>(chain.simulator, 'requests')
  expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
})

test('what is called off at the inner one is not asked for again', async () => {
  await using chain = await startChain()
  const { inner, outer, sdk } = chain
  const { id } = await sdk.videos.create({ prompt: 'a red kite [fault:poll_rate_limit=1000]' })
  const { externalTaskId } = await outer.api.row(id)
  await inner.client.cancel(externalTaskId as string)
  await expect.poll(async () => (await sdk.videos.retrieve(id)).status, { timeout: 120_000 }).toBe('failed')
  expect((await sdk.videos.retrieve(id)).error).toMatchObject({ code: 'cancelled' })
  expect((await bill(chain)).total).toBe(1)
})

const bill = ({ simulator }: Chain) => admin<Bill>(simulator, 'bill')

async function completed(id: string, { outer, sdk }: Chain): Promise<void> {
  expect(await endOf(id, outer)).toMatchObject({ status: 'COMPLETED' })
  expect(await sdk.videos.retrieve(id)).toMatchObject({ status: 'completed', progress: 100 })
}
