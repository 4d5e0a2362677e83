import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { builtInNames } from '../src/dialect/built-in.ts'
import { dialectVariable } from '../src/dialect/dialect-variable.ts'

const folder = mkdtempSync(join(tmpdir(), 'dialects-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a dialect is named by a built-in name, openai where none is', () => {
  for (const name of builtInNames) expect(dialectVariable.parse(name)).toMatchObject({ name })
  expect(dialectVariable.parse(undefined)).toMatchObject({ name: 'openai' })
})

test('a dialect is named by a JSON file', () => {
  const file = aFile('loom.json', JSON.stringify({ name: 'loom', poll: { floorMs: 7000 } }))
  expect(dialectVariable.parse(file)).toMatchObject({ name: 'loom', poll: { floorMs: 7000 } })
})

test('each mistake in a file is a problem with its place', () => {
  const file = aFile('wrong.json', JSON.stringify({ name: 'loom', auth: 'secret', poll: { floorMs: -1 } }))
  expect(messagesFor(file)).toEqual([
    'auth must be one of bearer, raw, header, none',
    'poll.floorMs must be at least 0',
  ])
})

test.each([
  ['an unknown name', () => 'vendor'],
  ['a file that is not there', () => join(folder, 'none.json')],
  ['a folder', () => folder],
  ['a file that is no JSON', () => aFile('text.json', 'name: loom')],
])('%s is a problem that lists the names', (_, name) => {
  expect(messagesFor(name())).toEqual([
    `must be one of ${builtInNames.join(', ')}, or a JSON file that can be read`,
  ])
})

function aFile(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

function messagesFor(name: string): string[] {
  return dialectVariable.safeParse(name).error?.issues.map(({ message }) => message) ?? []
}
