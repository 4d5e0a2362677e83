import { describe, expect, test } from 'vitest'
import { parseCutJson } from '../src/answer/loose-json.ts'
import { usual, videoIn } from './usual.ts'

describe('an answer that is cut', () => {
  test.each<[string, string | undefined]>([
    ['{"id":"v2","status":"queued","output":null,"x":1', 'v2'],
    ['{"id":"v2","status":"queued","output":null,"data":null,"pro', 'v2'],
    ['{"id":"v2","status":"queued","result":null', undefined],
    ['{"id":"v2","status":"queued","result":null,', 'v2'],
    ['{"id":"v2","status":"queued","outputs":[],"x":1', 'v2'],
    ['{"id":"v2","status":"queued","data":{},"x":1', 'v2'],
    ['{"id":"v2","status":"queued","output":"","x":1', 'v2'],
    ['{"id":"v2","output":null,"code":null,"x":1', 'v2'],
    ['{"id":"v2","status":"queued","task":{"id":"worker-9"},"x":1', 'v2'],
    ['{"id":"v2","data":{"url":null},"x":1', 'v2'],
    ['{"id":"r1","data":{"task_id":"v2"},"x":1', 'v2'],
    ['{"id":"r1","status":"queued","task":{"task_id":"v2","x":1', 'v2'],
    ['{"id":"v2","status":"queued","task":{"id":"worker-9","x":1', undefined],
    ['{"id":"v2","status":"queued","output":[{"id":"clip_1"},', undefined],
    ['{"status":"queued","data":{"id":"v2"},"x":1', 'v2'],
    ['{"id":"r1","output":null,"data":{"task_id":"v', undefined],
    ['{"id":"r1","output":null,"da', undefined],
    ['{"id":"r1","output":null,"code":0,"x":1', undefined],
    ['{"id":"r1","output":null,"success":true,"x":1', undefined],
    ['{"id":"r1","data":{"a":1,"task_id":"v', undefined],
    ['{"id":"r1","data":[{"task_id":"v', undefined],
  ])('has an id that is the video’s unless it may be the request’s: %s', (text, id) => {
    expect(videoIn(parseCutJson(text, usual.words))?.id).toBe(id)
  })
})
