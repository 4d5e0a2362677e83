import { createHash } from 'node:crypto'
import { VideoId } from '@reelay/contracts/task'
import type { ListQuery } from '@reelay/contracts/task-requests'
import type { Cursor } from '@reelay/db/tasks/list'
import { z } from 'zod'
import { invalid } from '../http/errors.ts'

/** Whose tasks are listed, and how: a cursor counts within one such list only. */
export type Scope = Pick<ListQuery, 'orderBy' | 'order' | 'status' | 'clientRequestId'> & {
  userId: string | undefined
}

const CursorText = z.tuple([z.iso.datetime().refine(isOurs), VideoId, z.string()])

export function encodeCursor({ at, videoId }: Cursor, scope: Scope): string {
  return Buffer.from(JSON.stringify([at, videoId, tagOf(scope)])).toString('base64url')
}

export function decodeCursor(cursor: string, scope: Scope): Cursor {
  try {
    const [at, videoId, tag] = CursorText.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    if (tag === tagOf(scope)) return { at, videoId }
  } catch {
    // Garbage is no more of a cursor than one of another list.
  }
  throw invalid('cursor', {
    en: 'must be the nextCursor of a page of the same list',
    zh: '必须是同一列表上一页的 nextCursor',
  })
}

/** Only as `encodeCursor` is given it: Postgres can't read every date that is well-formed. */
function isOurs(at: string): boolean {
  const date = new Date(at)
  return date.getTime() >= 0 && date.toISOString() === at
}

/** No secret: whatever it says, the rows are those of the scope. */
function tagOf({ userId, orderBy, order, status, clientRequestId }: Scope): string {
  const list = JSON.stringify([userId, orderBy, order, status, clientRequestId])
  return createHash('sha256').update(list).digest('base64url').slice(0, 8)
}
