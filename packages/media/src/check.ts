import { randomUUID } from 'node:crypto'
import type { MediaStore } from './store.ts'

export async function checkByWriting({ put, remove }: Pick<MediaStore, 'put' | 'remove'>): Promise<void> {
  const key = `check/${randomUUID()}`
  await put(key, oneByte(), { type: 'application/octet-stream' })
  await remove(key)
}

async function* oneByte(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(1)
}
