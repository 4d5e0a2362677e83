import { parseEnvironment } from '@reelay/contracts/environment'
import { z } from 'zod'

export type Environment = Readonly<Record<string, string | undefined>>

export type Variables = Readonly<Record<string, string>>

/** The variables that are set, as every setting of ours is read: without the end of the line of a secret's file. */
export function readVariables(environment: Environment): Variables {
  return parseEnvironment(z.record(z.string(), z.string()), environment)
}

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_]\w*)\})?/g

/**
 * Puts the value of each `${NAME}` in its place, and `${` for `$${`. The problems name variables and show no value.
 */
export function replaceVariables(text: string, variables: Variables) {
  const problems: { message: string; reference: string }[] = []
  const replaced = text.replace(REFERENCE, (reference: string, name?: string) => {
    if (reference === '$${') return '${'
    if (name === undefined) {
      problems.push({ reference, message: `must have \${NAME} for a variable, and $\${ for the text \${` })
    } else if (Object.hasOwn(variables, name)) {
      return variables[name] as string
    } else {
      problems.push({ reference, message: `needs the variable ${name}, which is not set` })
    }
    return reference
  })
  return { text: replaced, problems }
}

const OPEN = '\ue000'
const CLOSE = '\ue001'

/**
 * YAML reads the braces of `{ key: ${KEY} }` as a map of its own. Other characters stand for them while it reads, one
 * for one, so that places in the text stay what they are.
 */
export function hideBraces(text: string): string {
  return text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name) => `$${OPEN}${name}${CLOSE}`)
}

export function showBraces(text: string): string {
  return text.replace(/\$\ue000(\w+)\ue001/g, (_, name) => `\${${name}}`)
}
