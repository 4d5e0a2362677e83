import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chunk, end, header, png } from '../../../../packages/media/test/pictures/pictures.ts'
import { aListeningApi } from '../support/api-process.ts'
import { aFolder } from '../support/folder.ts'
import { aFile, aForm, dataUrl, MIB, prompt } from '../support/pictures.ts'
import { buildTestApp } from '../support/test-app.ts'

const SENT = 12

/** 20 MiB that would be 10 GB of pixels. */
const bomb = png(header(50_000, 50_000), chunk('IDAT', Buffer.alloc(20 * MIB - 1000)), end)

test('pictures that are refused take no memory that grows with them', async () => {
  await using accounts = await buildTestApp()
  const { token } = await accounts.aUser()
  const api = await aListeningApi({
    // Collects what nobody holds soon, so that what is seen is what is held.
    enter: ['env', 'NODE_OPTIONS=--max-semi-space-size=1', `MEDIA_DIR=${join(aFolder(), 'media')}`],
    env: { DATABASE_URL: accounts.config.database.url },
  })
  const send = async ({
    payload,
    headers,
  }: {
    payload: Buffer | string
    headers: Record<string, string>
  }) => {
    const answer = await fetch(`${api.origin}/api/video/tasks`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${token}` },
      body: payload,
    })
    expect(answer.status).toBe(400)
  }
  // What the first form of all takes, whatever its size.
  for (let sent = 0; sent < 50; sent += 1) await send(aForm(prompt, aFile('no picture')))
  const before = peakMib(api.child.pid)
  const form = aForm(prompt, aFile(bomb))
  for (let sent = 0; sent < SENT; sent += 1) await send(form)
  const grown = peakMib(api.child.pid) - before
  console.log(`${SENT} forms of 20 MiB took ${grown} MiB beside ${before} MiB`)
  // Of 240 MiB. It is 6 to 7 MiB where nothing else runs.
  expect(grown).toBeLessThan(60)

  const payload = JSON.stringify({ prompt: 'a cat', input_reference: dataUrl(bomb) })
  const peak = peakMib(api.child.pid)
  await send({ payload, headers: { 'content-type': 'application/json' } })
  console.log(`one data URL of 20 MiB took ${peakMib(api.child.pid) - peak} MiB more at its peak`)
})

/** The most that a process has had in memory. */
function peakMib(pid = 0): number {
  const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kib) / 1024)
}
