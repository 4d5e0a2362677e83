import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { expect, test } from 'vitest'
import { compressFiles } from '../../build/compress.ts'
import { hashInputs } from '../../build/inputs.ts'
import { takeTurn } from '../../build/take-turn.ts'

test.each(['apps/studio/src/deep/page.tsx', 'packages/client/src/client.ts', 'package-lock.json'])(
  'a change of %s makes a build old',
  (file) => {
    const folder = aFolder()
    const before = hashInputs(folder)
    write(folder, file, 'one')
    const one = hashInputs(folder)
    write(folder, file, 'two')
    expect(new Set([before, one, hashInputs(folder)]).size).toBe(3)
    write(folder, file, 'one')
    expect(hashInputs(folder)).toBe(one)
  },
)

test('what is not built from makes no build old', () => {
  const folder = aFolder()
  const before = hashInputs(folder)
  for (const file of ['apps/studio/dist/index.html', 'apps/studio/test/x.test.ts', 'apps/api/src/app.ts'])
    write(folder, file, 'x')
  expect(hashInputs(folder)).toBe(before)
})

test('text gets compressed twins that say the same, and what is small gets none', () => {
  const folder = aFolder()
  const text = 'export {}\n'.repeat(500)
  write(folder, 'assets/large.js', text)
  write(folder, 'assets/small.js', 'export {}')
  compressFiles(folder)
  expect(brotliDecompressSync(readFileSync(join(folder, 'assets/large.js.br'))).toString()).toBe(text)
  expect(gunzipSync(readFileSync(join(folder, 'assets/large.js.gz'))).toString()).toBe(text)
  expect(existsSync(join(folder, 'assets/small.js.br'))).toBe(false)
})

test('one builds at a time, and a builder that died is not waited for', async () => {
  const file = join(aFolder(), 'turn')
  writeFileSync(file, '999999999')
  const first = await takeTurn(file)
  let came = false
  const second = takeTurn(file).then((turn) => {
    came = true
    return turn
  })
  await new Promise(setImmediate)
  expect(came).toBe(false)
  first[Symbol.dispose]()
  ;(await second)[Symbol.dispose]()
  expect(existsSync(file)).toBe(false)
})

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}
