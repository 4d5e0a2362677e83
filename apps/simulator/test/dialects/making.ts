import type { DialectName } from '../../src/dialects/all.ts'
import { type Conversation, form, type Parts } from './conversation.ts'
import { expected } from './expected.ts'

/** Asks for a first video as the dialect has it. */
export function create({ post }: Conversation, dialect: DialectName, prompt: string, usedKey?: string) {
  const { path, body: bodyOf, form: isForm } = expected[dialect].create
  const body = bodyOf(prompt)
  return post(path, isForm ? form(body as Parts) : body, usedKey)
}

/** The id of a first video. */
export async function aVideo(
  conversation: Conversation,
  dialect: DialectName,
  prompt = 'a kite',
): Promise<string> {
  return expected[dialect].id((await create(conversation, dialect, prompt)).body)
}

export function pathOf(id: string): string {
  return `/videos/${encodeURIComponent(id)}`
}
