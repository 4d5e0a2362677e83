import { ids } from '@reelay/contracts/examples'
import { z } from 'zod'

/** Any text: a name that can't be one is as unknown as one that is nobody's. */
export const VideoIdParam = z.object({
  videoId: z.string().meta({ description: 'A task of the caller’s', examples: [ids.source] }),
})
