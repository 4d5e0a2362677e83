import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processFolder } from '../src/local-folder.ts'
import { aFolder } from '../src/testing/a-folder.ts'

test('folders of processes that are gone are removed', () => {
  const parent = aFolder()
  const { pid: gone } = spawnSync(process.execPath, ['-e', ''])
  const living = [`run-${process.ppid}`, `test-${process.ppid}`]
  for (const name of [`run-${gone}`, `test-${gone}`, `run-${process.pid}`, 'demo', ...living]) {
    mkdirSync(join(parent, name, 'redis'), { recursive: true })
  }

  expect(processFolder('run', parent)).toBe(join(parent, `run-${process.pid}`))
  expect(readdirSync(parent)).toEqual(['demo', ...living])
})
