import { expect, test } from 'vitest'
import { lifeAt } from '../src/life.ts'

const script = { queuedMs: 100, renderMs: 200 }

test.each([
  [0, 'queued', 0],
  [99, 'queued', 0],
  [100, 'in_progress', 0],
  [200, 'in_progress', 49],
  [299, 'in_progress', 98],
  [300, 'completed', 100],
])('at %i ms a video is %s at %i %%', (age, status, progress) => {
  expect(lifeAt(age, script, false)).toEqual({ status, progress })
})

test('a video that fails does so when it would have been completed', () => {
  expect(lifeAt(299, script, true).status).toBe('in_progress')
  expect(lifeAt(300, script, true).status).toBe('failed')
})
