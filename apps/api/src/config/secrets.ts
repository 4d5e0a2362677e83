/**
 * Secrets that documentation, lessons and our own tests show, as letters and digits alone. Whoever guesses tries
 * these first.
 */
const published = new Set([
  '404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970',
  'allyourbase',
  'astringsecretatleast256bitslong',
  'asecretofthetestslongenough',
  'avalidstringsecretthatisatleast512bitslongwhichisverylong',
  'hmackeythatisatleast32byteslong',
  'iamaverysecretkey',
  'keyboardcat',
  'secretkeythatnoonecanguess',
  'shhhhh',
  'thisisaverysecurekeyforjwttokens',
  'thisismycustomsecretkeyforauthentication',
])

const exampleWords =
  /change.?(me|this|it)|example|placeholder|replace|insecure|openssl.?rand|your.?(jwt|api|secret|key|password|admin|\d+.?bit)|(super|jwt|my|dev|test|sample|demo|dummy).?secret|p[a@][s$]{2}w[o0]rd|qwerty|test.?123|letmein|simulator/gi

/** Whether a secret is an example: a known one, or the words of one without enough beside them to be anybody's own. */
export function isExample(secret: string, enough: number): boolean {
  if (published.has(secret.toLowerCase().replace(/[^a-z0-9]/g, ''))) return true
  const rest = secret.replace(exampleWords, ' ')
  return rest !== secret && variety(withoutWords(rest)) < enough
}

/** How much there is in a secret: its different pairs of neighbours, but for those of a run such as aaa, abc or 321. */
export function variety(secret: string): number {
  const pairs = new Set<string>()
  for (let i = 1; i < secret.length; i += 1) {
    const step = secret.charCodeAt(i) - secret.charCodeAt(i - 1)
    if (Math.abs(step) > 1) pairs.add(secret.slice(i - 1, i + 1))
  }
  return pairs.size
}

const LONGEST_WORD = 16

/** What is made of letters alone, and is no longer than words are, is taken for a word. */
function withoutWords(text: string): string {
  return text
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part.length > LONGEST_WORD || !/^\p{L}*$/u.test(part))
    .join('')
}
