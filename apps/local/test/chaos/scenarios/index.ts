import type { Scenario } from '../scenario.ts'
import { submitKill } from './submit-kill.ts'

/** All of them, in the order in which they run. */
export const scenarios: Scenario[] = [submitKill]
