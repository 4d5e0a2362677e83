import type { Dialect } from '../dialect.ts'
import { azure } from './azure.ts'
import { bifrost } from './bifrost.ts'
import { litellm } from './litellm.ts'
import { newApi } from './new-api.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'
import { sglang } from './sglang.ts'
import { soraRelay } from './sora-relay.ts'
import { trtllm } from './trtllm.ts'
import { vllmOmni } from './vllm-omni.ts'
import { xai } from './xai.ts'

export const dialects = {
  openai,
  azure,
  litellm,
  bifrost,
  'new-api': newApi,
  'sora-relay': soraRelay,
  'vllm-omni': vllmOmni,
  sglang,
  trtllm,
  openrouter,
  xai,
} satisfies Record<string, Dialect>

export type DialectName = keyof typeof dialects
export const dialectNames = Object.keys(dialects) as DialectName[]
