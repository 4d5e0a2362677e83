import type { Scenario } from '../scenario.ts'
import { answerHeld, answerHeldWithoutList } from './answer-held.ts'
import { apiKill } from './api-kill.ts'
import { archiveKill } from './archive-kill.ts'
import { blockedLoop } from './blocked-loop.ts'
import { brokenData } from './broken-data.ts'
import { clocks } from './clocks.ts'
import { crashPoints } from './crash-points.ts'
import { everyFault, everyFaultWithoutList } from './every-fault.ts'
import { everythingKill } from './everything-kill.ts'
import { frozenSender } from './frozen-sender.ts'
import { gracefulStop } from './graceful-stop.ts'
import { halfOpen } from './half-open.ts'
import { inDoubt } from './in-doubt.ts'
import { laneKill } from './lane-kill.ts'
import { lanesLost } from './lanes-lost.ts'
import { lateVerdict } from './late-verdict.ts'
import { listLies } from './list-lies.ts'
import { listenersMoved } from './listeners-moved.ts'
import { listenersStranded } from './listeners-stranded.ts'
import { manyUpstreams } from './many-upstreams.ts'
import { monkey } from './monkey.ts'
import { pollKill } from './poll-kill.ts'
import { polledAgain } from './polled-again.ts'
import { postgresFailover } from './postgres-failover.ts'
import { postgresFrozen } from './postgres-frozen.ts'
import { postgresLost } from './postgres-lost.ts'
import { redisAway } from './redis-away.ts'
import { redisFailover } from './redis-failover.ts'
import { redisLost } from './redis-lost.ts'
import { rollingRestart } from './rolling-restart.ts'
import { scaling } from './scaling.ts'
import { slowUpstream } from './slow-upstream.ts'
import { storageFull } from './storage-full.ts'
import { storm, stormAtRate } from './storm.ts'
import { submitKill } from './submit-kill.ts'
import { twoVersions } from './two-versions.ts'
import { unqueuedPoll } from './unqueued-poll.ts'
import { zombies } from './zombies.ts'

/** All of them, in the order in which they run: the longest first. */
export const scenarios: Scenario[] = [
  monkey,
  manyUpstreams,
  crashPoints,
  everyFault,
  submitKill,
  archiveKill,
  answerHeld,
  answerHeldWithoutList,
  apiKill,
  everythingKill,
  gracefulStop,
  polledAgain,
  pollKill,
  laneKill,
  lanesLost,
  unqueuedPoll,
  redisAway,
  redisLost,
  redisFailover,
  postgresLost,
  postgresFailover,
  postgresFrozen,
  storageFull,
  inDoubt,
  listLies,
  lateVerdict,
  zombies,
  frozenSender,
  blockedLoop,
  clocks,
  listenersMoved,
  listenersStranded,
  halfOpen,
  storm,
  stormAtRate,
  slowUpstream,
  brokenData,
  everyFaultWithoutList,
  rollingRestart,
  scaling,
  twoVersions,
]
