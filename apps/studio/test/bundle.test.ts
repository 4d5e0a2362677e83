import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { buildStudio, dist } from '../build/build-studio.ts'

type Chunk = {
  file: string
  isEntry?: boolean
  imports?: string[]
  dynamicImports?: string[]
  css?: string[]
}

const KB = 1024
let chunks: Record<string, Chunk>

beforeAll(async () => {
  await buildStudio()
  chunks = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
})

test('the scripts of the first load have at most 60 KB when they are compressed', () => {
  const scripts = [...firstLoad()]
  const bytes = scripts.reduce((sum, file) => sum + gzipSync(readBuilt(file), { level: 9 }).length, 0)
  console.info(`first load: ${(bytes / KB).toFixed(1)} KB of script in ${scripts.length} files`)
  expect(bytes).toBeLessThanOrEqual(60 * KB)
})

test('the page of a video, the comparison and operations come when they are opened', () => {
  const first = firstLoad()
  for (const name of [
    'video/VideoPage',
    'video/ComparePage',
    'admin/AdminPage',
    'create/CreatePage',
    'keys/KeysPage',
  ]) {
    const file = chunks[`src/${name}.tsx`]?.file ?? ''
    expect(file, name).toMatch(/^assets\//)
    expect([...first]).not.toContain(file)
  }
})

test('no schema is part of what a browser gets', () => {
  for (const file of globSync('assets/*.js', { cwd: dist }))
    expect(readBuilt(file).toString()).not.toMatch(/_zod|ZodError/)
})

test('every asset has a hash in its name, and every text a compressed twin', () => {
  const files = globSync('assets/*', { cwd: dist })
  expect(files.filter((file) => !/-[\w-]{8}\.\w+(\.(br|gz))?$/.test(file))).toEqual([])
  for (const file of firstLoad()) for (const end of ['br', 'gz']) expect(files).toContain(`${file}.${end}`)
})

test('the page has neither script nor style of its own and loads only what was built', () => {
  const html = readBuilt('index.html').toString()
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/)
  const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)
  expect(loaded.length).toBeGreaterThan(2)
  for (const address of loaded) expect(address).toMatch(/^\/studio\/assets\//)
})

/** The entry and all that it can't do without. */
function firstLoad(): Set<string> {
  const files = new Set<string>()
  const add = (chunk: Chunk | undefined) => {
    if (!chunk || files.has(chunk.file)) return
    files.add(chunk.file)
    for (const name of chunk.imports ?? []) add(chunks[name])
  }
  add(Object.values(chunks).find(({ isEntry }) => isEntry))
  return files
}

function readBuilt(file: string): Buffer {
  return readFileSync(join(dist, file))
}
