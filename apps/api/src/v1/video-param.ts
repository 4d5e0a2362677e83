import { ids } from '@reelay/contracts/examples'
import { z } from 'zod'

/** Any text: one that can be no video of ours is not found, like one that is not there. */
export const VideoParam = z.object({ id: z.string().meta({ description: 'Its id', examples: [ids.source] }) })
