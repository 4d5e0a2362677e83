/** All that a span says; what else a library puts into one is not sent. */
export const attributeNames = [
  'error.type',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'messaging.destination.name',
  'messaging.operation.type',
  'messaging.system',
  'reelay.attempt',
  'reelay.credential',
  'reelay.operation',
  'reelay.outcome',
  'reelay.phase',
  'reelay.request_id',
  'reelay.video_id',
  'server.address',
  'server.port',
] as const

export type AttributeName = (typeof attributeNames)[number]
export type Attributes = { [Name in AttributeName]?: string | number }
