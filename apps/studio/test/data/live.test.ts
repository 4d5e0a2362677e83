import { type FeedConnection, ReelayError, type TaskState } from '@reelay/client/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startLive } from '../../src/data/live.ts'

test('a feed that was lost and is open again has what is shown read anew', async () => {
  const told = aListener()
  start(told, async function* (_, notice) {
    notice('open')
    yield { version: 1 }
    notice('ended')
    notice('open')
    expect(told.onBack).not.toHaveBeenCalled()
    notice('lost')
    notice('open')
    yield { version: 2 }
    await new Promise(() => {})
  })
  await expect.poll(() => told.onState).toHaveBeenCalledTimes(2)
  expect(told.onConnection.mock.calls.flat()).toEqual(['open', 'open', 'lost', 'open'])
  expect(told.onBack).toHaveBeenCalledTimes(1)
})

test('a token that is refused ends it', async () => {
  const told = aListener()
  start(told, async function* () {
    yield* []
    throw new ReelayError(401, { code: 'unauthorized' })
  })
  await expect.poll(() => told.onRefused).toHaveBeenCalledTimes(1)
  expect(told.onConnection).not.toHaveBeenCalledWith('lost')
})

test('whoever asks for it is connected at once, also after a no', async () => {
  const told = aListener()
  let connections = 0
  const live = start(told, async function* (_, notice) {
    connections += 1
    yield* []
    if (connections === 1) throw new ReelayError(400, { code: 'odd' })
    notice('open')
    await new Promise(() => {})
  })
  await expect.poll(() => told.onConnection.mock.calls.flat()).toEqual(['lost'])
  live.again()
  await expect.poll(() => told.onConnection.mock.calls.flat()).toEqual(['lost', 'open'])
  expect(connections).toBe(2)
})

test('a page that is left tells nothing more', async () => {
  const told = aListener()
  const live = start(told, async function* (signal) {
    yield { version: 1 }
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  await expect.poll(() => told.onState).toHaveBeenCalledTimes(1)
  live.stop()
  await new Promise(setImmediate)
  expect(told.onConnection).not.toHaveBeenCalled()
})

type Feed = (
  signal: AbortSignal,
  notice: (connection: FeedConnection) => void,
) => AsyncGenerator<{ version: number }>

function start(told: ReturnType<typeof aListener>, feed: Feed) {
  const watch = ({
    signal,
    onConnection,
  }: {
    signal?: AbortSignal
    onConnection?: (each: FeedConnection) => void
  }) =>
    feed(signal as AbortSignal, onConnection ?? (() => {})) as unknown as AsyncGenerator<
      TaskState,
      void,
      undefined
    >
  const live = startLive({ client: { watch: watch as never }, ...told })
  onTestFinished(live.stop)
  return live
}

function aListener() {
  return { onState: vi.fn(), onDeleted: vi.fn(), onConnection: vi.fn(), onBack: vi.fn(), onRefused: vi.fn() }
}
