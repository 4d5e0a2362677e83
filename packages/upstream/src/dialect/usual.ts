/** What upstreams usually say, and where: the values of a dialect that says nothing else. */

const words = {
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
  blocked: `moderated blocked banned flagged filtered censored nsfw contentblocked contentmoderated
    contentrejected contentfiltered contentfilter contentpolicyviolation contentviolation policyviolation
    promptblocked inputblocked requestblocked requestmoderated inputmoderated promptrejected
    moderationblocked moderationfailed moderationrejected failedmoderation blockedbymoderation sensitive sentinelblock
    safetyblocked blockedbysafety`,
  missing: 'notfound',
}

export type WordMeaning = keyof typeof words

export const wordMeanings = Object.keys(words) as [WordMeaning, ...WordMeaning[]]

/** Words for how a video goes, without signs between their letters. */
export const statusWords: Record<string, WordMeaning> = Object.fromEntries(
  wordMeanings.flatMap((meaning) => words[meaning].split(/\s+/).map((word) => [word, meaning])),
)

export const statusPlaces = [
  'status',
  'state',
  'task_status',
  'taskStatus',
  'job_status',
  'video_status',
].flatMap((name) => [name, `${name}.status`, `${name}.state`, `${name}.name`])

export const idPlaces = [
  ...['id', 'task_id', 'taskId', 'video_id', 'videoId', 'job_id', 'jobId', 'generation_id'],
]

export const createdPlaces = [
  ...['created_at', 'createdAt', 'created', 'created_time', 'createdTime', 'create_time', 'createTime'],
  ...['creation_time', 'submit_time', 'submitted_at', 'submittedAt'],
]

export const promptPlaces = [
  'prompt',
  'promptText',
  'input.prompt',
  'request.prompt',
  'parameters.prompt',
  'metadata.prompt',
]

export const linkNames =
  `video_url videoUrl url result_url resultUrl download_url downloadUrl output_url video_uri uri
  signed_url file_url media_url mp4_url`.split(/\s+/)

export const linkHolders =
  `metadata output outputs video videos content result results response data task_result assets
  generations creations files file media urls unsigned_urls`.split(/\s+/)

/** Signs that a video is kept back for what it shows. A filter's word doesn't count where there is a clip all the same. */
export const blockedSigns = ['', 'video.', 'data.', 'output.'].flatMap((holder) => {
  const reasons = `${holder}content_filter.reasons`
  const filtered = { unlessClip: true, reasons }
  return [
    { path: `${holder}respect_moderation`, equals: false, unlessClip: false, reasons },
    { path: `${holder}content_filter`, equals: true, ...filtered },
    { path: `${holder}content_filter.filtered_count`, ...filtered },
    { path: reasons, ...filtered },
  ]
})

export const missingCodes = ['task_not_exist']
