import type { z } from 'zod'

/** What would be right for a field, in every language that we speak. */
export type Problem = { en: string; zh: string }

const listOf = (values: readonly unknown[]) => values.map(String).join(', ')

const MIB = 1024 * 1024
const bytesIn = (count: number) => (count % MIB === 0 ? `${count / MIB} MiB` : `${count} B`)

export const problems = {
  required: { en: 'is required', zh: '必填' },
  empty: { en: 'must not be empty', zh: '不能为空' },
  unknownField: { en: 'is not a known field', zh: '不是可用的字段' },
  givenTwice: { en: 'must be given only once', zh: '只能出现一次' },
  wrong: { en: 'is not valid', zh: '无效' },
  text: { en: 'must be text', zh: '必须是文本' },
  object: { en: 'must be an object', zh: '必须是对象' },
  list: { en: 'must be a list', zh: '必须是列表' },
  number: { en: 'must be a number', zh: '必须是数字' },
  wholeNumber: { en: 'must be a whole number', zh: '必须是整数' },
  boolean: { en: 'must be true or false', zh: '必须是 true 或 false' },
  email: { en: 'must be an e-mail address', zh: '必须是有效的邮箱地址' },
  utf8: { en: 'must be UTF-8', zh: '必须是 UTF-8 编码' },
  storable: {
    en: 'must be well-formed text without NUL characters',
    zh: '必须是格式正确的文本，且不含 NUL 字符',
  },
  json: { en: 'must be JSON', zh: '必须是 JSON' },
  wellFormed: { en: 'must be well-formed', zh: '格式不正确' },
  file: { en: 'must be a file', zh: '必须是文件' },
  noFile: { en: 'must not be a file', zh: '不能是文件' },

  username: {
    en: 'must be 3 to 64 letters, digits, dots, dashes or underscores',
    zh: '必须为 3 到 64 个字母、数字、点、连字符或下划线',
  },
  videoId: { en: 'must look like video_<ms>_<base36>', zh: '必须形如 video_<毫秒>_<base36>' },
  upstreamVideo: { en: 'must be the id of a video', zh: '必须是视频的 ID' },
  size: { en: 'must look like 1280x720', zh: '必须形如 1280x720' },
  seconds: { en: 'must be a whole number from 1 to 999', zh: '必须是 1 到 999 的整数' },
  metadataSize: { en: 'must be at most 4 KB of JSON', zh: '序列化为 JSON 后不能超过 4 KB' },

  picture: {
    en: 'must be a data URL or an https URL of a JPEG, PNG or WebP picture',
    zh: '必须是 JPEG、PNG 或 WebP 图片的 data URL 或 https URL',
  },
  pictureType: { en: 'must be a JPEG, PNG or WebP picture', zh: '必须是 JPEG、PNG 或 WebP 图片' },
  pictureEmpty: { en: 'must not be empty', zh: '不能为空' },
  pictureBroken: { en: 'must be a whole picture', zh: '必须是完整的图片' },
  pictureText: {
    en: 'must have at most 4096 characters where it is no data URL',
    zh: '非 data URL 时不能超过 4096 个字符',
  },
  picturePixels: { en: 'must have at most 16.8 million pixels', zh: '不能超过 1680 万像素' },
  pictureFrames: { en: 'must be one picture, not several', zh: '只能包含一幅图片' },
  pictureTrailing: { en: 'must end where the picture ends', zh: '图片结尾之后不能有其他数据' },
  pictureAddress: {
    en: 'must be an https URL of a public address that answers with a picture within 15 s',
    zh: '必须是公网 https 地址，并在 15 秒内返回图片',
  },

  jsonType: { en: 'must be application/json', zh: '必须是 application/json' },
  form: { en: 'must be multipart/form-data', zh: '必须是 multipart/form-data' },
  clipType: {
    en: 'must be an MP4, WebM, QuickTime or AVI clip',
    zh: '必须是 MP4、WebM、QuickTime 或 AVI 视频',
  },
  clipBroken: { en: 'must be a whole clip', zh: '必须是完整的视频' },
  clipPictures: { en: 'must have pictures that move, not only sound', zh: '必须包含视频画面，不能只有声音' },
  future: { en: 'must be a time to come', zh: '必须是将来的时间' },

  tooDeep: (levels: number): Problem => ({
    en: `must be nested at most ${levels} deep`,
    zh: `嵌套不能超过 ${levels} 层`,
  }),
  reserved: (keys: readonly string[]): Problem => ({
    en: `must not contain the reserved keys ${listOf(keys)}`,
    zh: `不能包含保留的键 ${listOf(keys)}`,
  }),
  oneOf: (values: readonly unknown[]): Problem => ({
    en: `must be one of ${listOf(values)}`,
    zh: `必须是以下之一：${listOf(values)}`,
  }),
  longest: (max: number | bigint): Problem => ({
    en: `must have at most ${max} characters`,
    zh: `不能超过 ${max} 个字符`,
  }),
  shortest: (min: number | bigint): Problem => ({
    en: `must have at least ${min} characters`,
    zh: `至少需要 ${min} 个字符`,
  }),
  mostBytes: (max: number): Problem => ({
    en: `must have at most ${bytesIn(max)}`,
    zh: `不能超过 ${bytesIn(max)}`,
  }),
  mostItems: (max: number | bigint): Problem => ({
    en: `must have at most ${max} items`,
    zh: `不能超过 ${max} 项`,
  }),
  fewestItems: (min: number | bigint): Problem => ({
    en: `must have at least ${min} items`,
    zh: `至少需要 ${min} 项`,
  }),
  most: (max: number | bigint): Problem => ({ en: `must be at most ${max}`, zh: `不能大于 ${max}` }),
  least: (min: number | bigint): Problem => ({ en: `must be at least ${min}`, zh: `不能小于 ${min}` }),
} as const

/** For a schema whose own rule no built-in one of zod’s says. */
export function told(problem: Problem) {
  return { error: problem.en, params: { problem } }
}

const known = new Map<string, Problem>(
  Object.values(problems).flatMap((problem) => (typeof problem === 'object' ? [[problem.en, problem]] : [])),
)

const types: Record<string, Problem> = {
  string: problems.text,
  number: problems.number,
  int: problems.wholeNumber,
  boolean: problems.boolean,
  array: problems.list,
  object: problems.object,
  record: problems.object,
}

/** What an issue of zod’s means, in our words. To be parsed with `reportInput`. */
export function problemOf(issue: z.core.$ZodIssue): Problem {
  if (issue.code === 'custom' && issue.params?.problem) return issue.params.problem as Problem
  const own = known.get(issue.message)
  if (own) return own
  if (issue.input === undefined || issue.input === null) return problems.required
  switch (issue.code) {
    case 'invalid_type':
      return types[issue.expected] ?? problems.wrong
    case 'invalid_value':
      return problems.oneOf(issue.values)
    case 'too_big':
      return (
        { string: problems.longest, array: problems.mostItems }[issue.origin as 'string' | 'array']?.(
          issue.maximum,
        ) ?? problems.most(issue.maximum)
      )
    case 'too_small':
      return (
        { string: problems.shortest, array: problems.fewestItems }[issue.origin as 'string' | 'array']?.(
          issue.minimum,
        ) ?? problems.least(issue.minimum)
      )
    default:
      return problems.wrong
  }
}
