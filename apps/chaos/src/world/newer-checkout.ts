import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '../../../..')

/**
 * A second checkout of the worker whose jobs are of the next payload version; it takes the present one's, too.
 * Returns its main file. The folder must be inside this checkout: what others wrote is found above it.
 */
export function createNewerCheckout(dir: string): string {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
  for (const folder of ['apps/worker', ...packages]) {
    cpSync(join(root, folder), join(dir, folder), {
      recursive: true,
      filter: (source) => !['node_modules', 'test'].includes(basename(source)),
    })
  }
  mkdirSync(join(dir, 'node_modules/@reelay'), { recursive: true })
  for (const folder of packages) {
    symlinkSync(join(dir, folder), join(dir, 'node_modules/@reelay', basename(folder)))
  }
  replace(
    join(dir, 'packages/contracts/src/jobs.ts'),
    'v: z.literal(1),',
    'v: z.union([z.literal(1), z.literal(2)]),',
  )
  replace(join(dir, 'packages/queue/src/enqueue.ts'), 'v: 1,', 'v: 2,')
  return join(dir, 'apps/worker/src/main.ts')
}

function replace(file: string, old: string, by: string): void {
  const text = readFileSync(file, 'utf8')
  if (text.split(old).length !== 2) throw new Error(`${file} does not say '${old}' once`)
  writeFileSync(file, text.replace(old, by))
}
