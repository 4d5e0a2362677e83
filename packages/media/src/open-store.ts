import { openFolderStore } from './folder-store.ts'
import type { S3Options } from './s3/options.ts'
import type { MediaStore } from './store.ts'

export type MediaConfig = { folder: string } | { s3: S3Options }

/** Opens the store that was configured. Neither asks whether it can be used. */
export async function openStore(config: MediaConfig): Promise<MediaStore> {
  if ('folder' in config) return openFolderStore(config.folder)
  // Costs memory and time at boot that a folder needs not.
  const { openS3Store } = await import('./s3-store.ts')
  return openS3Store(config.s3)
}
