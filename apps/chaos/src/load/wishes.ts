import type { User } from './users.ts'

/** A request that must become one task, and the task it became. */
export type Wish = {
  key: string
  prompt: string
  user: User
  source?: string
  videoId?: string
  sends: number
}

/** Without a source of its own, a remix of what the user remixes from now on. */
export type Wanted = { prompt?: string; markers?: string; source?: string | undefined }

export function createWishes(canary: string) {
  const wishes: Wish[] = []
  const sources = new Map<User, string>()

  return {
    wishes,

    make(user: User, { prompt = '', markers = '', source = sources.get(user) }: Wanted = {}): Wish {
      const wish = {
        key: `wish-${wishes.length + 1}`,
        prompt: prompt || `${canary} number ${wishes.length + 1} ${markers}`.trim(),
        user,
        ...(source && { source }),
        sends: 0,
      }
      wishes.push(wish)
      return wish
    },

    remixFromNowOn(user: User, source: string): void {
      sources.set(user, source)
    },
  }
}
