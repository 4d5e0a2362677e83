/** Without the fields that are null, as clients that name every field write those that they leave out. */
export function given<T extends Record<string, unknown>>(value: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner != null)) as never
}
