export type VideoStatus = 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'unrecognised'

const words: Record<Exclude<VideoStatus, 'unrecognised'>, string> = {
  queued: `queued queueing queuing inqueue enqueued pending submitted created accepted starting notstart notstarted
    preparing waiting scheduled throttled unknown requested received registered initializing initialized`,
  in_progress: `inprogress processing running generating rendering postprocessing dreaming started working active
    executing ongoing encoding transcoding upscaling uploading finalizing moderating reviewing inreview retrying
    cancelling canceling`,
  completed: `completed complete succeeded succeed success successful finished finish done generated ready available
    rendered processed finalized`,
  failed: `failed failure fail error errored expired aborted timeout timedout rejected terminated killed crashed
    unsuccessful denied refused declined invalid`,
  cancelled: 'cancelled canceled cancel deleted removed purged revoked stopped',
}
const blockedWords = `moderated blocked banned flagged filtered censored nsfw contentblocked contentmoderated
  contentrejected contentfiltered contentfilter contentpolicyviolation contentviolation policyviolation
  promptblocked inputblocked requestblocked requestmoderated inputmoderated promptrejected
  moderationblocked moderationfailed moderationrejected failedmoderation blockedbymoderation sensitive sentinelblock
  safetyblocked blockedbysafety`
/** Said of requests, keys and sessions, too: in an answer that is about no video they are about those. */
const requestWords = new Set(
  `success ok error errored fail failure denied refused rejected declined invalid aborted timeout timedout killed crashed
  terminated stopped unsuccessful removed purged revoked blocked banned flagged requestblocked`.split(/\s+/),
)
const statusByWord = new Map(
  Object.entries({ ...words, failed: `${words.failed} ${blockedWords}` }).flatMap(([status, spellings]) =>
    spellings.split(/\s+/).map((word) => [word, status as VideoStatus]),
  ),
)
const blocked = new Set(blockedWords.split(/\s+/))

/** What upstream's word means, in whatever case and however it is joined; `TASK_STATUS_` before it is no part of it. */
export function statusOf(word: string): VideoStatus {
  for (const spelling of spellingsOf(word)) {
    const status = statusByWord.get(spelling)
    if (status) return status
  }
  return 'unrecognised'
}

export function isReadyWord(word: string): boolean {
  return spellingsOf(word).some((spelling) => spelling === 'ready' || spelling === 'available')
}

export function isMissingWord(word: string): boolean {
  return spellingsOf(word).includes('notfound')
}

export function isRequestWord(word: string): boolean {
  return requestWords.has(spellingsOf(word)[0])
}

export function isBlockedWord(word: string): boolean {
  return spellingsOf(word).some((spelling) => blocked.has(spelling))
}

function spellingsOf(word: string): [whole: string, bare: string] {
  const letters = word.toLowerCase().replaceAll(/[\s_.-]+/g, '')
  const bare = letters.replace(/^(task|job|video|generation|output)?(status|state)?/, '')
  return [letters, bare]
}
