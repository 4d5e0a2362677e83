const SIGN_IN = '/admin/sign-in'
/** Only compared: where a path leads is read from it as a browser would. */
const HERE = 'http://here.invalid'

/** The sign-in page, which leads on to what was asked for. */
export function signInAddress(wanted: string | undefined): string {
  const page = ownPage(wanted)
  return page === undefined ? SIGN_IN : `${SIGN_IN}?next=${encodeURIComponent(page)}`
}

/** A page of ours below /admin/, and never another site or a way out of /admin/, however it is written. */
export function ownPage(wanted: unknown): string | undefined {
  if (typeof wanted !== 'string' || !wanted.startsWith('/admin/') || !URL.canParse(wanted, HERE))
    return undefined
  const { origin, pathname, search } = new URL(wanted, HERE)
  const isOurs = origin === HERE && /^\/admin\/(?!sign-(?:in|out)\b)/.test(pathname)
  return isOurs ? pathname + search : undefined
}
