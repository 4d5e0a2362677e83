/** What the examples of the schemas tell: a harbour at dawn, and the remix that puts snow on it. */

const harbourId = 'video_1767225600000_k3x9q0zt'
const snowId = 'video_1767225660000_m7w2b4cd'
const expiresAt = 1767226260000

export const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmVk'
export const userId = '0b9f2c1e-7a53-4f0d-9d3c-5f6f8f1c2a77'
export const account = { username: 'testuser', email: 'testuser@example.org' }

export const ids = { source: harbourId, remix: snowId, upstream: 'video_68f1c3a2e5b08190' }
export const signed = `${harbourId}.mjuvxr40.Zm9yIGxvb2tpbmcgb25seQ`
export const contentUrl = `/api/video/content/${signed}`

const snowState = {
  videoId: snowId,
  externalTaskId: 'video_68f1c3de91748190',
  clientRequestId: 'my-first-remix',
  status: 'PROCESSING',
  progress: 42,
  model: 'sora-2',
  size: '1280x720',
  seconds: '8',
  videoUrl: null,
  errorCode: null,
  errorMessage: null,
  upstreamCode: null,
  attempt: 1,
  version: 5,
  createdAt: '2026-01-01T00:01:00.000Z',
  updatedAt: '2026-01-01T00:01:30.000Z',
  completedAt: null,
  archivedAt: null,
  clip: null,
  archiveError: null,
  remixed_from: harbourId,
}

export const snow = {
  ...snowState,
  prompt: 'the same place in heavy snow',
  metadata: { type: 'remix', remix_from: harbourId, remix_from_external: ids.upstream },
}

const { remixed_from: _, ...first } = snow
export const harbour = {
  ...first,
  videoId: harbourId,
  externalTaskId: ids.upstream,
  clientRequestId: null,
  status: 'COMPLETED',
  progress: 100,
  prompt: 'a harbour at dawn',
  videoUrl: contentUrl,
  metadata: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:53.000Z',
  completedAt: '2026-01-01T00:00:50.000Z',
  archivedAt: '2026-01-01T00:00:53.000Z',
  clip: {
    bytes: 4_194_304,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    type: 'video/mp4',
  },
}

export const beach = {
  ...harbour,
  videoId: 'video_1767225540000_b8n4r1ea',
  externalTaskId: null,
  clientRequestId: 'my-first-upload',
  model: null,
  prompt: 'the beach on sunday',
  metadata: { type: 'upload' },
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  completedAt: '2026-01-01T00:00:00.000Z',
  archivedAt: '2026-01-01T00:00:00.000Z',
}

export const update = { type: 'taskUpdate', timestamp: 1767225690000, payload: snowState }

export const accepted = {
  videoId: snowId,
  externalTaskId: snow.externalTaskId,
  status: 'processing',
  message: 'Remix task submitted',
  remixed_from: harbourId,
  links: {
    self: `/api/video/tasks/${snowId}`,
    events: `/api/sse/task-updates?videoId=${snowId}`,
    lineage: `/api/video/tasks/${snowId}/lineage`,
  },
}
export const queued = { ...accepted, externalTaskId: null, status: 'queued' }

export const expiring = { expiresAt }

const busy = {
  name: 'main',
  state: 'active',
  weight: 2,
  inFlight: 7,
  maxInFlight: 10,
  heldUntil: null,
  heldBecause: null,
  lastSuccessAt: '2026-01-01T00:01:30.000Z',
  lastError: { at: '2025-12-31T23:48:12.000Z', operation: 'retrieve', outcome: 'trouble' },
  submits: { created: 52, refused: 1 },
  polls: { video: 1310, trouble: 4 },
  missedThenFound: 0,
}

export const upstreams = [
  {
    name: 'azure-eu',
    dialect: 'azure',
    credentials: [
      busy,
      {
        ...busy,
        name: 'spare',
        weight: 1,
        inFlight: 0,
        maxInFlight: null,
        heldUntil: '2026-01-01T00:02:10.000Z',
        heldBecause: 'key_rejected',
        lastSuccessAt: null,
        lastError: { at: '2026-01-01T00:01:10.000Z', operation: 'submit', outcome: 'key_rejected' },
        submits: { key_rejected: 12 },
        polls: {},
      },
    ],
  },
]

export const upstreamOfExample = 'azure-eu/a'

const told = { attempt: 1, credential: null, code: null, upstreamCode: null, progress: null }
export const timelineOfSnow = {
  videoId: snowId,
  events: [
    { ...told, at: '2026-01-01T00:01:00.000Z', what: 'created' },
    { ...told, at: '2026-01-01T00:01:00.120Z', what: 'sending', credential: upstreamOfExample },
    { ...told, at: '2026-01-01T00:01:00.940Z', what: 'accepted', credential: upstreamOfExample },
    { ...told, at: '2026-01-01T00:01:30.000Z', what: 'progress', progress: 42 },
  ],
  truncated: false,
}

export const explanationOfSnow = {
  videoId: snowId,
  state: 'PROCESSING',
  because: 'upstream_works',
  since: '2026-01-01T00:01:00.940Z',
  next: { what: 'look', at: '2026-01-01T00:01:35.000Z' },
  paid: [{ attempt: 1, credential: upstreamOfExample, outcome: 'accepted' }],
  details: { credential: upstreamOfExample, progress: 42 },
  text: 'Upstream is making it (42 %). Nothing is wrong. The next look is at 00:01:35 UTC.',
}
