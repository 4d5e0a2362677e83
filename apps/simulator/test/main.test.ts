import { once } from 'node:events'
import { guardedSpawn, stopProcess } from '@reelay/local-services/processes/guard'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../src/config.ts'

const main = new URL('../src/main.ts', import.meta.url).pathname

test.each(['1e3', '0x10', '-1', '+1', '5s', '1.5', '70000', 'true'])('a port of %s is refused', (value) => {
  expect(() => readConfig({ SIMULATOR_PORT: value })).toThrow('must be a whole number from 0 to 65535')
})

test.each(['4011', ' 4011\n', '"4011"', "'4011'"])('a port of %j is 4011', (value) => {
  expect(readConfig({ SIMULATOR_PORT: value }).port).toBe(4011)
})

test('an empty environment is enough', () => {
  const keys = [{ key: 'sk-simulator' }]
  expect(readConfig({})).toMatchObject({ port: 4010, dialect: 'openai', prefix: undefined, keys })
})

test('several keys stand between commas', () => {
  expect(readConfig({ SIMULATOR_KEY: 'sk-a, sk-b' }).keys).toEqual([{ key: 'sk-a' }, { key: 'sk-b' }])
})

test.each(['sk-a,', ',', 'sk-a,sk-a'])('the keys %j are refused', (value) => {
  expect(() => readConfig({ SIMULATOR_KEY: value })).toThrow('SIMULATOR_KEY')
})

test('a bad environment is told with every problem at once', () => {
  expect(() => readConfig({ SIMULATOR_PORT: 'x', SIMULATOR_DIALECT: 'klingon' })).toThrow(
    /SIMULATOR_DIALECT[\s\S]*SIMULATOR_PORT/,
  )
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'the process says where it listens and ends cleanly on %s',
  async (signal) => {
    const child = start({ SIMULATOR_PORT: '0' })
    const [line] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
    const { url, msg } = JSON.parse(String(line))
    expect(msg).toBe('simulator listening')
    expect((await fetch(`${url}/videos`)).status).toBe(401)

    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
  },
)

test('the process says where its dialect is', async () => {
  const child = start({ SIMULATOR_PORT: '0', SIMULATOR_DIALECT: 'openrouter' })
  const [line] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
  const { url } = JSON.parse(String(line))
  expect(new URL(url).pathname).toBe('/api/v1')
  expect(await (await fetch(`${url}/videos/x`)).json()).toMatchObject({ error: { code: 401 } })
})

test('the process ends with 1 when its environment is bad', async () => {
  expect(await once(start({ SIMULATOR_PORT: 'x' }), 'exit')).toEqual([1, null])
})

function start(env: Record<string, string>) {
  const child = guardedSpawn(process.execPath, [main], { env: { ...process.env, ...env } })
  onTestFinished(() => stopProcess(child, { signal: 'SIGKILL' }))
  return child
}
