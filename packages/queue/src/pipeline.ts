import type { Redis } from 'ioredis'

/** What the commands returned; throws where one of them failed. */
export async function resultsOf(commands: ReturnType<Redis['pipeline']>): Promise<unknown[]> {
  const results = (await commands.exec()) ?? []
  return results.map(([error, result]) => {
    if (error) throw error
    return result
  })
}
