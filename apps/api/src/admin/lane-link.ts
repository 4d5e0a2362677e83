import { type Lane, laneId, laneOf } from '@reelay/contracts/lanes'
import type { LaneLink } from '@reelay/contracts/operations'
import type { TaskRow } from '@reelay/db/schema'

export function taskAddress(videoId: string): string {
  return `/admin/tasks/${encodeURIComponent(videoId)}`
}

/** Where the tasks of a lane are shown. */
export function laneAddress({ credential, phase }: Lane): string {
  return `/admin/lanes/${credential}/${phase}`
}

/** The lane that polls a task's video now; null where none does. */
export function laneLinkOf({
  status,
  credential,
  acceptedAt,
}: Pick<TaskRow, 'status' | 'credential' | 'acceptedAt'>): LaneLink | null {
  if (status !== 'PROCESSING' || !acceptedAt) return null
  const lane = laneOf({ credential, acceptedAt })
  return { id: laneId(lane), href: laneAddress(lane) }
}
