import { firstCredential } from '@reelay/contracts/credential'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createEvents } from '../src/events.ts'
import { countMoves } from '../src/moves.ts'
import { countUpstreamCalls } from '../src/upstream.ts'

test('what one process says is not counted by another', async () => {
  const [one, other] = [createEvents(), createEvents()]
  const [ours, theirs] = [new Registry(), new Registry()]
  countMoves(one, ours)
  countMoves(other, theirs)
  one.emit('taskMoved', { status: 'COMPLETED', errorCode: null })

  const series = 'reelay_task_moves_total{status="COMPLETED",error_code=""} 1'
  expect(await ours.metrics()).toContain(series)
  expect(await theirs.metrics()).not.toContain('COMPLETED')
})

test('calls to upstream are counted and timed', async () => {
  const [events, registry] = [createEvents(), new Registry()]
  countUpstreamCalls(events, registry, [firstCredential])
  events.emit('upstreamCalled', {
    credential: firstCredential,
    operation: 'retrieve',
    outcome: 'video',
    seconds: 0.2,
  })

  const metrics = await registry.metrics()
  expect(metrics).toContain(
    'reelay_upstream_calls_total{upstream="default",credential="default/default",operation="retrieve",outcome="video"} 1',
  )
  expect(metrics).toContain(
    'reelay_upstream_seconds_sum{upstream="default",credential="default/default",operation="retrieve"} 0.2',
  )
})
