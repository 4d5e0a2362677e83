import { ExternalTaskId } from '@reelay/contracts/task'
import { type Fields, firstOf } from '../answer/fields.ts'

export const idNames = ['id', 'task_id', 'taskId', 'video_id', 'videoId', 'job_id', 'jobId', 'generation_id']
/** Of the request: an id for support, unless the job has no other name. */
export const requestIdNames = ['request_id', 'requestId']
const allIdNames = [...idNames, ...requestIdNames]
/** What a number called `id` yields to: it may be that of a row in their database. */
export const plainNames = idNames.filter((name) => name !== 'id' && name !== 'generation_id')

export function isNamed(record: Fields, id: ExternalTaskId): boolean {
  return allIdNames.some((name) => {
    const value = record[name]
    return value === id || (value !== undefined && idOf(value) === id)
  })
}

export function idIn(record: Fields, names: string[] = idNames): ExternalTaskId | undefined {
  const found = firstOf(record, names, idOf)
  if (!names.includes('id') || idOf(record.id) === undefined || !/^\d+$/.test(String(found))) return found
  const others = plainNames.flatMap((name) => idOf(record[name]) ?? [])
  const text = others.find((id) => !/^\d+$/.test(id))
  return text ?? (typeof record.id === 'number' ? others[0] : undefined) ?? found
}

export function namesIn(record: Fields): ExternalTaskId[] {
  return [...new Set(idNames.flatMap((name) => idOf(record[name]) ?? []))]
}

export function idOf(value: unknown): ExternalTaskId | undefined {
  const text = typeof value === 'number' && value > 0 ? String(value) : value
  return typeof text === 'string' ? ExternalTaskId.safeParse(text.trim()).data : undefined
}
