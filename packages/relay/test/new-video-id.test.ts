import { VideoId } from '@reelay/contracts/task'
import { expect, test } from 'vitest'
import { newVideoId } from '../src/new-video-id.ts'

test('names are well-formed and no two are the same', () => {
  const names = Array.from({ length: 1000 }, newVideoId)
  expect(names.filter((name) => !VideoId.safeParse(name).success)).toEqual([])
  expect(new Set(names).size).toBe(1000)
})
