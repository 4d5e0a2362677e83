/** How servers of each built-in dialect answer: to a POST that made a video, to looks at one, and when they refuse. */
export type Told = [status: number, body: unknown]

export type Answers = {
  /** What a POST that made a video is answered, or may be. */
  made: Told[]
  running: Told[]
  done: Told
  failed: Told
  blocked?: Told
  missing?: Told
  /** What a POST that made nothing is answered, and what that means. */
  refused: [...Told, outcome: string][]
}

const at = 1_795_900_000
const link = 'https://clips.example/heron.mp4'
const heron = { object: 'video', created_at: at, seconds: '8', size: '1280x720' }

/** As OpenAI's Videos API names it. */
function error(message: string, of: object = {}) {
  return { error: { message, type: 'invalid_request_error', param: null, code: null, ...of } }
}

const openai: Answers = {
  made: [
    [200, { id: 'video_7', ...heron, model: 'sora-2', status: 'queued', progress: 0, prompt: 'a heron' }],
    [302, { id: 'video_7', object: 'video', status: 'queued' }],
    [409, { id: 'video_7', object: 'video', status: 'queued' }],
    [500, error('The server had an error')],
    [200, '<html>one moment</html>'],
    [200, {}],
  ],
  running: [[200, { id: 'video_7', ...heron, status: 'in_progress', progress: 47 }]],
  done: [200, { id: 'video_7', ...heron, status: 'completed', progress: 100, completed_at: at + 90 }],
  failed: [
    200,
    { id: 'video_7', ...heron, status: 'failed', error: { code: 'render_error', message: 'no' } },
  ],
  blocked: [
    200,
    { id: 'video_7', ...heron, status: 'failed', error: { code: 'moderation_blocked', message: 'no' } },
  ],
  missing: [404, error('Video with id video_7 not found')],
  refused: [
    [400, error('Invalid size', { code: 'invalid_value', param: 'size' }), 'upstream_refused'],
    [429, error('Quota is used up', { code: 'insufficient_quota' }), 'insufficient_quota'],
    [429, error('Too many requests', { code: 'rate_limit_exceeded' }), 'rate_limited'],
    [401, error('Incorrect API key', { code: 'invalid_api_key' }), 'key_rejected'],
  ],
}

const azure: Answers = {
  ...openai,
  refused: [
    [429, error('Too many running tasks: 2', { type: 'rate_limit' }), 'rate_limited'],
    [400, error('Unsupported size', { type: 'video_generation_user_error' }), 'upstream_refused'],
    [401, error('Access denied due to invalid subscription key', { code: '401' }), 'key_rejected'],
  ],
}

const litellm: Answers = {
  made: [
    [200, { id: 'video_bGl0ZWxsbQ==', ...heron, status: 'queued', usage: { duration_seconds: 8 } }],
    [504, error('Timeout', { type: 'timeout_error', code: '504' })],
  ],
  running: [[200, { id: 'video_b3RoZXI=', object: 'video', status: 'in_progress', progress: 30 }]],
  done: [200, { id: 'video_b3RoZXI=', object: 'video', status: 'completed', progress: 100 }],
  failed: [200, { id: 'video_b3RoZXI=', object: 'video', status: 'failed', error: { message: 'no' } }],
  missing: [404, error('no such video', { code: '404' })],
  refused: [
    [400, error('Budget is gone', { type: 'budget_exceeded', code: '400' }), 'balance_empty'],
    [429, error('Budget is gone', { type: 'budget_exceeded', code: '429' }), 'insufficient_quota'],
    [401, error('key not in the database', { type: 'auth_error', code: '401' }), 'key_rejected'],
  ],
}

const bifrost: Answers = {
  made: [[200, { id: 'openai:video_7', ...heron, status: 'queued', extra_fields: { provider: 'openai' } }]],
  running: [
    [200, { id: 'openai:video_7', object: 'video', status: 'in_progress', progress: 47.9, seconds: 8 }],
  ],
  done: [
    200,
    { id: 'openai:video_7', object: 'video', status: 'completed', videos: [{ type: 'url', url: link }] },
  ],
  failed: [200, { id: 'openai:video_7', object: 'video', status: 'failed', error: { message: 'no' } }],
  blocked: [
    200,
    {
      ...{ id: 'openai:video_7', object: 'video', status: 'completed', videos: [] },
      content_filter: { filtered_count: 1, reasons: ['likeness'] },
    },
  ],
  missing: [404, { is_bifrost_error: false, status_code: 404, error: { message: 'not found' } }],
  refused: [
    [
      400,
      {
        is_bifrost_error: false,
        status_code: 400,
        error: { code: 'bad_size', message: 'size not supported' },
      },
      'upstream_refused',
    ],
  ],
}

const newApi: Answers = {
  made: [
    [200, { id: 'task_7', task_id: 'task_7', ...heron, status: 'queued', progress: 0 }],
    [200, { task_id: 'task_7' }],
    [202, { code: 'fail_to_fetch_task', message: '{"id":"video_7","status":"queued"}', data: null }],
  ],
  running: [[200, { id: 'task_7', status: 'unknown', progress: 0 }]],
  done: [
    200,
    { id: 'task_7', ...heron, status: 'completed', progress: 100, remixed_from_video_id: 'hidden' },
  ],
  failed: [200, { id: 'task_7', object: 'video', status: 'failed', error: { message: 'upstream gave up' } }],
  missing: [400, { code: 'task_not_exist', message: 'task_not_exist', data: null }],
  refused: [
    [400, { code: 'missing_model', message: 'model is required', data: null }, 'upstream_refused'],
    [
      403,
      { error: { code: 'insufficient_user_quota', message: 'not enough quota', type: 'new_api_error' } },
      'balance_empty',
    ],
    [
      503,
      { error: { code: 'model_not_found', message: 'no channel for otter-9', type: 'new_api_error' } },
      'upstream_refused',
    ],
  ],
}

const soraRelay: Answers = {
  made: [
    [200, { id: 'vid-7', object: 'video', model: 'otter-landscape-8s', status: 'pending', progress: 0 }],
  ],
  running: [[200, { id: 'vid-7', status: 'in_progress', progress: 36 }]],
  done: [
    200,
    { id: 'vid-7', status: 'completed', progress: 100, video_url: link, image_url: `${link}.webp` },
  ],
  failed: [200, { id: 'vid-7', status: 'failed', error: 'could not render', error_code: 'gen_error' }],
  refused: [
    [
      400,
      { error: { code: 'sentinel_block', message: '{"detail":{"code":"sentinel_block","message":"no"}}' } },
      'moderation_blocked',
    ],
  ],
}

const vllmOmni: Answers = {
  made: [
    [
      200,
      { id: 'video_gen_7f', ...heron, model: 'wan', prompt: 'a heron', status: 'queued', file_name: null },
    ],
    [503, { detail: 'no worker answered' }],
  ],
  running: [[200, { id: 'video_gen_7f', ...heron, prompt: 'a heron', status: 'in_progress', progress: 0 }]],
  done: [200, { id: 'video_gen_7f', ...heron, prompt: 'a heron', status: 'completed', progress: 100 }],
  failed: [
    500,
    { id: 'video_gen_7f', ...heron, status: 'failed', error: { code: 500, message: 'out of memory' } },
  ],
  missing: [404, { detail: 'Video not found' }],
  refused: [
    [400, { detail: 'both references given, one allowed' }, 'upstream_refused'],
    [503, { detail: 'The engine is not ready' }, 'rate_limited'],
  ],
}

const uuid = '0b7c2f4e-11aa-4c3d-9e00-5f6a7b8c9d0e'
const sglang: Answers = {
  made: [[200, { id: uuid, ...heron, model: 'wan', status: 'queued', progress: 0, url: null, error: null }]],
  running: [[200, { id: uuid, ...heron, status: 'queued', progress: 0, url: null }]],
  done: [200, { id: uuid, ...heron, status: 'completed', progress: 100, url: link, num_outputs: 1 }],
  failed: [200, { id: uuid, ...heron, status: 'failed', error: { message: 'out of memory' }, url: null }],
  missing: [404, { detail: 'Video not found' }],
  refused: [[422, { detail: [{ loc: ['body', 'seconds'], msg: 'not a number' }] }, 'upstream_refused']],
}

const trtllm: Answers = {
  made: [
    [202, { id: 'video_7f', object: 'video', model: 'wan', status: 'queued', progress: null, duration: 8 }],
    [500, { object: 'error', message: 'stopped', type: 'InternalServerError', param: null, code: 500 }],
  ],
  running: [
    [200, { id: 'video_7f', object: 'video', status: 'postprocessing', progress: null, duration: 8 }],
  ],
  done: [200, { id: 'video_7f', object: 'video', status: 'completed', duration: 8, created_at: at }],
  failed: [200, { id: 'video_7f', object: 'video', status: 'failed', error: 'no video came out' }],
  missing: [404, { object: 'error', message: 'no video video_7f', type: 'NotFoundError', code: 404 }],
  refused: [
    [
      400,
      { object: 'error', message: 'unknown name', type: 'BadRequestError', code: 400 },
      'upstream_refused',
    ],
  ],
}

const job = 'gen-vid-1795900000-HERONHERONHERONHERON'
const openrouter: Answers = {
  made: [[202, { id: job, polling_url: `/api/v1/videos/${job}`, status: 'pending' }]],
  running: [[200, { id: job, polling_url: `/api/v1/videos/${job}`, status: 'in_progress' }]],
  done: [200, { id: job, status: 'completed', generation_id: 'gen-9', urls: [link], usage: { cost: 0.2 } }],
  failed: [200, { id: job, status: 'expired', error: 'provider gave up' }],
  missing: [404, { error: { code: 404, message: 'no such job' }, user_id: 'u' }],
  refused: [
    [402, { error: { code: 402, message: 'not enough credits' }, user_id: 'u' }, 'balance_empty'],
    [
      403,
      { error: { code: 403, message: 'flagged', metadata: { reasons: ['violence'] } }, user_id: 'u' },
      'moderation_blocked',
    ],
  ],
}

const xai: Answers = {
  made: [[200, { request_id: 'r-7' }]],
  running: [
    [202, { status: 'pending', progress: 40 }],
    [202, undefined],
    [200, { status: 'pending' }],
  ],
  done: [200, { status: 'done', model: 'grok', video: { url: link, duration: 6, respect_moderation: true } }],
  failed: [200, { status: 'failed', error: { code: 'internal', message: 'could not render' } }],
  blocked: [200, { status: 'done', video: { url: link, duration: 6, respect_moderation: false } }],
  missing: [404, { code: 'not-found', error: 'no such request' }],
  refused: [[400, { code: 'invalid-argument', error: 'duration out of range' }, 'upstream_refused']],
}

export const answersOf: Record<string, Answers> = {
  ...{ openai, azure, litellm, bifrost, 'new-api': newApi, 'sora-relay': soraRelay, 'vllm-omni': vllmOmni },
  ...{ sglang, trtllm, openrouter, xai },
}
