import { expect, test } from 'vitest'
import { layoutTree } from '../../../src/video/lineage/layout-tree.ts'
import { patchLineage } from '../../../src/video/lineage/patch-lineage.ts'
import { aLineage, aTask, idOf, taskStateOf } from '../lineages.ts'

const lineage = aLineage(10, () => 3, [aTask(90)])

test.each([0, 7, 90])('number %i is shown as it is now, and keeps its prompt', (n) => {
  const patched = patchLineage(lineage, taskStateOf(aTask(n, { version: 6, progress: 77 })))
  if (patched === 'stale') throw new Error('it is known')
  const { nodes } = layoutTree(patched)
  const changed = nodes.filter(({ task }) => task?.progress === 77)
  expect(changed.map(({ id, task }) => [id, task?.prompt])).toEqual([[idOf(n), `number ${n}`]])
})

test('an older state changes nothing, nor does that of a stranger', () => {
  expect(patchLineage(lineage, taskStateOf(aTask(7, { version: 4, progress: 1 })))).toBe(lineage)
  expect(patchLineage(lineage, taskStateOf(aTask(500)))).toBe(lineage)
})

test('what a task is no longer is gone', () => {
  const late = { ...lineage, task: aTask(0, { overdue: true }) }
  const patched = patchLineage(late, taskStateOf(aTask(0, { version: 6, status: 'COMPLETED' })))
  expect(patched).not.toHaveProperty('task.overdue')
  expect(patched).toHaveProperty('task.status', 'COMPLETED')
})

test('a remix of a relative that isn’t there yet makes it stale', () => {
  const child = aTask(500, { remixed_from: aTask(7).videoId })
  expect(patchLineage(lineage, taskStateOf(child))).toBe('stale')
})
