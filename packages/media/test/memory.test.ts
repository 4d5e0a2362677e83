import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { expect, test } from 'vitest'
import type { MediaConfig } from '../src/open-store.ts'
import { anS3Server } from './s3-server.ts'

const OBJECT_MIB = 300
const child = join(import.meta.dirname, 'children/memory.ts')

test.each<[string, () => Promise<MediaConfig>]>([
  ['a folder', async () => ({ folder: join(aFolder(), 'media') })],
  ['S3', async () => ({ s3: (await anS3Server()).options })],
])('an object passes through %s and is never held whole', async (name, open) => {
  const config = JSON.stringify(await open())
  for (const action of ['put', 'open']) {
    const args = ['--expose-gc', child, config, action, String(OBJECT_MIB)]
    const { stdout: grownMib } = await promisify(execFile)(process.execPath, args)
    console.log(`${action} of ${OBJECT_MIB} MiB in ${name} takes ${grownMib} MiB`)
    expect(Number(grownMib)).toBeLessThan(64)
  }
})
