import { StoreError } from '../store.ts'

const reasons: Record<string, string> = {
  ENOSPC: 'is full',
  EDQUOT: 'is full: the quota is used up',
  EFBIG: 'takes no file of this size',
  EROFS: 'is read only',
  EACCES: 'is not for this user to read and write',
  EPERM: 'is not for this user to read and write',
  ENOTDIR: 'is no folder',
  EEXIST: 'is no folder',
  ENOENT: 'lost a file that was being written',
  EIO: 'is on a disk that fails',
  ESTALE: 'is no longer mounted',
  EMFILE: 'can’t be used: this process has too many files open',
  ENFILE: 'can’t be used: this machine has too many files open',
}

/** The system's errors in the store's words, without their paths. Others are mistakes of ours and stay what they are. */
export function folderError(error: unknown): Error {
  if (!isSystemError(error)) return error as Error
  return new StoreError(`MEDIA_DIR ${reasons[error.code] ?? 'can’t be used'} (${error.code})`)
}

export function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error) => {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined
    throw error
  })
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error
}
