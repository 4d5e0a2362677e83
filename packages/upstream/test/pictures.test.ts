import type { ExternalTaskId } from '@reelay/contracts/task'
import { startSimulator } from '@reelay/simulator/server'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SubmitRequest } from '../src/client.ts'
import { builtIn, builtInNames } from '../src/dialect/built-in.ts'
import { withOverrides } from '../src/dialect/read-dialect.ts'
import { aClip, aPicture } from './attachments.ts'
import { aClient, aDialect, allowed, builtInDialect, KEY } from './upstream.ts'

const MEBIBYTE = 1024 * 1024
const prompt = 'a heron'
/** Every length that the last group of base64 may have. */
const lengths = [MEBIBYTE, MEBIBYTE + 1, MEBIBYTE + 2, 1]

describe('a picture arrives byte for byte', () => {
  test.each(builtInNames)('with a first video of %s', async (name) => {
    const { submit, lastMade } = await aConversation(name)
    for (const picture of await Promise.all(lengths.map(aPicture))) {
      await submit({ prompt, picture })
      expect((await lastMade()).picture).toMatchObject(inShort(picture))
    }
  })

  test.each([
    ['trtllm', { how: 'media-object', field: 'image_reference' }],
    ['trtllm', { how: 'file', field: 'image_reference' }],
    ['new-api', { how: 'string', field: 'image' }],
    ['sglang', { how: 'string', field: 'reference_url' }],
    ['openrouter', { how: 'frame-list', field: 'input_references' }],
    ['xai', { how: 'object', field: 'image' }],
  ])('with a first video of %s that takes it as %j', async (name, image) => {
    const { submit, lastMade } = await aConversation(name, { image })
    for (const picture of await Promise.all(lengths.map((bytes) => aPicture(bytes + 8)))) {
      await submit({ prompt, picture })
      expect((await lastMade()).picture).toMatchObject(inShort(picture))
    }
  })

  const derivable = builtInNames.filter((name) => builtInDialect(name).derive.some(({ image }) => image))

  test.each(derivable)('with what %s makes from an earlier video', async (name) => {
    const { submit, lastMade } = await aConversation(name)
    const id = (await submit({ prompt })) as ExternalTaskId
    for (const picture of await Promise.all(lengths.map(aPicture))) {
      await submit({ prompt: 'a heron at night', source: { id }, picture })
      expect(await lastMade()).toMatchObject({ sourceBy: 'id', picture: inShort(picture) })
    }
  })
})

describe('a clip of ours arrives byte for byte', () => {
  const derivable = builtInNames.filter((name) =>
    builtInDialect(name).derive.some(({ source }) => source === 'file'),
  )

  test.each(derivable)('at %s', async (name) => {
    const { submit, lastMade } = await aConversation(name)
    for (const clip of await Promise.all([3 * MEBIBYTE + 1, 1].map(aClip))) {
      await submit({ prompt, source: { clip } })
      expect(await lastMade()).toMatchObject({ sourceBy: 'file', picture: null, clip: inShort(clip) })
    }
  })

  test('together with a picture', async () => {
    const edit = { verb: 'edit', path: '/videos', source: 'file', field: 'video_reference', image: true }
    const image = { how: 'file', field: 'image_reference' }
    const { submit, lastMade } = await aConversation('trtllm', { image, derive: [edit] })
    const [picture, clip] = [await aPicture(MEBIBYTE), await aClip(MEBIBYTE + 1)]
    await submit({ prompt, source: { clip }, picture })
    expect(await lastMade()).toMatchObject({ picture: inShort(picture), clip: inShort(clip) })
  })
})

test('a video is named in the best way that it can be', async () => {
  const openai = await aConversation('openai')
  const id = (await openai.submit({ prompt })) as ExternalTaskId
  const clip = await aClip(10)
  await openai.submit({ prompt, source: { id, clip } })
  expect(await openai.lastMade()).toMatchObject({ sourceBy: 'id', clip: null })

  const sglang = await aConversation('sglang')
  await sglang.submit({ prompt, source: { url: 'https://clips.example/1.mp4', clip } })
  expect(await sglang.lastMade()).toMatchObject({ sourceBy: 'file' })
})

test('every send opens a file anew', async () => {
  const { submit, lastMade } = await aConversation('openai')
  const file = await aPicture(MEBIBYTE)
  let opened = 0
  const open = () => {
    opened += 1
    return file.open()
  }
  const made = []
  for (let sends = 0; sends < 2; sends += 1) {
    await submit({ prompt, picture: { ...file, open } })
    made.push((await lastMade()).picture)
  }
  expect(made).toMatchObject([inShort(file), inShort(file)])
  expect(opened).toBe(2)
})

test('a body that breaks off makes no video', async () => {
  for (const name of builtInNames) {
    const { client, bill } = await aConversation(name)
    const file = await aPicture(MEBIBYTE)
    const { fields } = builtInDialect(name)
    const request = { prompt, ...(fields.model.send !== 'never' && { model: 'openai/sora-2' }) }
    const picture = { ...file, bytes: MEBIBYTE + 1 }
    expect(await client.submit({ ...request, picture }, allowed), name).toMatchObject({
      kind: 'in_doubt',
      reason: 'a file can’t be read: it is not as long as was said',
    })
    await client.probe()
    expect(await bill(), name).toMatchObject({ total: 0 })
  }
})

type Made = { picture: object | null; clip: object | null; sourceBy: string | null }

function inShort({ type, bytes, sha256 }: { type: string; bytes: number; sha256: string }) {
  return { type, bytes, sha256 }
}

/** A client and the real simulator, both of one dialect. */
async function aConversation(name: (typeof builtInNames)[number], overrides: object = {}) {
  const dialect = aDialect(withOverrides(builtIn.get(name), overrides) as object)
  const simulator = await startSimulator({
    ...{ dialect: name as never, key: KEY, script: { queuedMs: 0, renderMs: 0 } },
  })
  onTestFinished(() => simulator.close())
  const client = aClient(simulator.url, { dialect })
  const model = dialect.fields.model.send === 'never' ? null : 'openai/sora-2'
  const bill = async () => {
    return (await (await fetch(`${simulator.adminUrl}/bill`)).json()) as {
      total: number
      jobs: { made: (Made & { id: string })[] }[]
    }
  }
  let lastId: string

  return {
    client,
    bill,

    /** The id of the video that is made. */
    async submit(request: SubmitRequest): Promise<string> {
      const isDerived = request.source !== undefined
      const sends = isDerived ? dialect.derive[0]?.sends : ['model']
      const asked = { ...request, ...(sends?.includes('model') && { model }) }
      const outcome = await client.submit(asked, allowed)
      if (outcome.kind !== 'created') throw new Error(`${name}: ${JSON.stringify(outcome)}`)
      lastId = outcome.video.id
      return lastId
    },

    async lastMade(): Promise<Made> {
      const made = (await bill()).jobs.flatMap((job) => job.made).find(({ id }) => id === lastId)
      if (!made) throw new Error(`${name} made no ${lastId}`)
      return made
    },
  }
}
