import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProcesses } from '../src/processes.ts'

const logs = mkdtempSync(join(tmpdir(), 'bench-'))
const processes = createProcesses({ logs, env: {} })
let origin: string

beforeAll(async () => {
  ;({ origin } = await processes.bare('upstream'))
}, 60_000)

afterAll(async () => {
  await processes.stop()
  rmSync(logs, { recursive: true })
})

type Page = { data: { id: string }[]; has_more: boolean; last_id: string }

async function read<Answer = unknown>(path: string): Promise<Answer> {
  return (await fetch(`${origin}${path}`)).json() as Promise<Answer>
}

test('its list tells of all videos, newest first and a hundred a page', async () => {
  await read('/hold?count=250&since=1700000000000&until=1700000250000')
  await read('/measured')
  let page = await read<Page>('/v1/videos?limit=100&order=desc')
  const ids = page.data.map(({ id }) => id)
  while (page.has_more) {
    page = await read<Page>(`/v1/videos?limit=100&order=desc&after=${page.last_id}`)
    ids.push(...page.data.map(({ id }) => id))
  }

  expect(ids).toEqual(Array.from({ length: 250 }, (_, at) => `ext_${250 - at}`))
  expect(await read('/measured')).toEqual({ looks: 0, gaps: [], pages: 3, told: 250 })
  expect(page.data[0]).toEqual(await read('/v1/videos/ext_50'))
})

test('it counts looks apart, with the time between two', async () => {
  await read('/measured')
  await read('/v1/videos/ext_7')
  await read('/v1/videos/ext_7')
  expect(await read('/measured')).toEqual({ looks: 2, gaps: [expect.any(Number)], pages: 0, told: 1 })
})
