import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// Collects garbage now and then: V8 lets tens of MB lie about until it needs the room.
setFlagsFromString('--expose-gc')
setInterval(runInNewContext('gc'), 3000).unref()
