import { expect, onTestFinished, test } from 'vitest'
import { buildTestApp, type TestApp } from '../support/test-app.ts'

test('a Postgres without space is 503 storage_full, and nothing is left to be sent', async () => {
  const api = await buildTestApp()
  onTestFinished(api.stop)
  const user = await api.aUser()
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const failed = await api.aTask(user, { status: 'FAILED' })
  const tasks = '/api/video/tasks'
  const requests: [string, string, object, number][] = [
    ['a create', tasks, { prompt: 'a cat' }, 202],
    ['a create with a key', tasks, { prompt: 'a cat', clientRequestId: 'key' }, 202],
    ['a remix', `${tasks}/${source.videoId}/remix`, { prompt: 'a dog' }, 202],
    ['a retry', `${tasks}/${failed.videoId}/retry`, {}, 200],
  ]

  const freeSpace = await fillDisk(api)
  const before = await api.counts()
  for (const [name, path, body] of requests) {
    const answer = await user.post(path, body)
    expect(answer.statusCode, name).toBe(503)
    expect(answer.headers['retry-after'], name).toMatch(/^[1-9]\d*$/)
    expect(answer.json(), name).toMatchObject({ success: false, code: 'storage_full' })
  }
  expect(await api.counts()).toEqual(before)
  expect((await user.get(`${tasks}/${source.videoId}`)).statusCode).toBe(200)
  const inChinese = await user.post(tasks, { prompt: 'a cat' }, { 'accept-language': 'zh' })
  expect(inChinese.json().message).toBe('存储空间已满，请稍后重试')

  await freeSpace()
  for (const [name, path, body, status] of requests) {
    expect((await user.post(path, body)).statusCode, name).toBe(status)
  }
})

/** Lets Postgres refuse every write of a task as it does when its disk is full. */
async function fillDisk({ db }: TestApp): Promise<() => Promise<unknown>> {
  await db.execute(`
    create function disk_full() returns trigger language plpgsql as $$ begin
      raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
    end $$;
    create trigger disk_full before insert or update on video_tasks execute function disk_full()`)
  return () => db.execute('drop trigger disk_full on video_tasks')
}
