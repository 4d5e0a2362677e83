import type { YAMLError } from 'yaml'

/** Those of the library show what they found, which may be a key. */
const words: Partial<Record<YAMLError['code'], string>> = {
  BAD_INDENT: 'is not indented as YAML wants it, or lacks a bracket before',
  MISSING_CHAR: 'lacks a quote, a colon, a comma or a bracket',
  MULTIPLE_DOCS: 'must be one document',
  NON_STRING_KEY: 'must have text as keys',
  RESOURCE_EXHAUSTION: 'is nested too deep',
  TAB_AS_INDENT: 'must be indented with spaces, not with tabs',
  TAG_RESOLVE_FAILED: 'has a tag that is not known',
}

export function syntaxProblem(code: YAMLError['code']): string {
  return words[code] ?? 'is neither YAML nor JSON from here on'
}
