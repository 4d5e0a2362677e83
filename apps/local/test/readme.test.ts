import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { apiEnvironment } from '../../api/src/config.ts'
import { workerEnvironment } from '../../worker/src/config.ts'

const root = join(import.meta.dirname, '../../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test('the README lists every variable with its default', () => {
  const rows = configurationRows()
  const missing = rows.filter((row) => !readme.includes(row))
  expect(missing.join('\n')).toBe('')
  expect(readme.match(/^\| `[A-Z_]+` \|/gm)).toHaveLength(rows.length)
})

test('the README names only scripts that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
  const named = [...readme.matchAll(/(?:^|`)npm (?:run )?([a-z][a-z:]*)/gm)].map(([, name]) => name)
  const builtIn = ['ci', 'install']
  expect(named.filter((name) => name && !builtIn.includes(name) && !(name in scripts))).toEqual([])
})

/** One row for each variable: name, who reads it, default, meaning. */
function configurationRows(): string[] {
  const { shape: api } = apiEnvironment
  const { shape: worker } = workerEnvironment
  return Object.entries<z.ZodType>({ ...api, ...worker }).map(([name, schema]) => {
    const readers = [name in api && 'api', name in worker && 'worker'].filter(Boolean).join(', ')
    return `| \`${name}\` | ${readers} | ${defaultOf(schema)} | ${schema.description} |`
  })
}

function defaultOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodDefault) return `\`${String(schema.def.defaultValue)}\``
  return schema instanceof z.ZodOptional ? 'none' : 'required'
}
