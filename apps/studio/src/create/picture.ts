export const pictureTypes = ['image/jpeg', 'image/png', 'image/webp'] as const

const MOST_BYTES = 20 * 1024 * 1024

/** What can be told of a file before it is sent; the api looks at its bytes. */
export function pictureProblem({ type, size }: Pick<File, 'type' | 'size'>) {
  if (!pictureTypes.some((each) => each === type)) return 'pictureType'
  return size > MOST_BYTES ? 'pictureSize' : undefined
}
