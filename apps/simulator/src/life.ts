export interface Script {
  queuedMs: number
  renderMs: number
}

export interface VideoError {
  kind: 'moderated' | 'failed' | 'expired'
  code: string
  message: string
  /** What a server says that answers a poll of a failed video with an error's status. */
  status?: number | undefined
}

export interface Life {
  status: 'queued' | 'in_progress' | 'completed' | 'failed'
  progress: number
}

export function lifeAt(ageMs: number, { queuedMs, renderMs }: Script, fails: boolean): Life {
  if (ageMs < queuedMs) return { status: 'queued', progress: 0 }
  const progress = Math.floor((99 * (ageMs - queuedMs)) / Math.max(renderMs, 1))
  if (ageMs < queuedMs + renderMs) return { status: 'in_progress', progress }
  return fails ? { status: 'failed', progress: 99 } : { status: 'completed', progress: 100 }
}
