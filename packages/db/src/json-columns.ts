import type { DerivationKind } from '@reelay/contracts/derivation'
import type { ExternalTaskId, Picture, VideoId } from '@reelay/contracts/task'

export type Metadata = Record<string, unknown> & {
  type?: DerivationKind | 'import' | 'upload'
  remix_from?: VideoId
  remix_from_external?: ExternalTaskId
  input_reference?: Picture
}

/** Bytes of a clip in our own store; `thumbnail` is a still picture of it, where upstream had one. */
export type StoredClip = StoredFile & { thumbnail?: StoredFile }

export type StoredFile = { key: string; bytes: number; sha256: string; type: string }

export type AskedFor = Record<'model' | 'size' | 'seconds', string | null>
