// kafkajs's own log in ours: at debug, whatever it calls it. It logs each attempt of each retry, while
// here a change of state is logged once, by broker-watch.ts. And one warning of Node that is kafkajs's.
import kafkajs, { type logCreator } from 'kafkajs'
import type { Logger } from '../../../../telemetry/log.ts'

/** What the constructor of Kafka takes as `logLevel` and `logCreator`. */
export function kafkaLog(log: Logger): { logLevel: kafkajs.logLevel; logCreator: logCreator } {
  dropTimerWarnings()
  const { NOTHING, WARN, DEBUG } = kafkajs.logLevel
  const level = log.isLevelEnabled('trace') ? DEBUG : log.isLevelEnabled('debug') ? WARN : NOTHING
  return {
    logLevel: level,
    logCreator:
      () =>
      ({ namespace, level: entryLevel, log: entry }) => {
        const { message, groupId, broker, error } = entry
        const write = entryLevel <= WARN ? 'debug' : 'trace'
        log[write]({ kafkajs: namespace, groupId, broker, error }, message)
      },
  }
}

let areDropped = false

/**
 * kafkajs 2.2 sets timers to minus the current time and means at once; Node 24 does that, but warns of it
 * on stderr at every start (tulios/kafkajs#1751). Nothing else of ddnn counts time that way.
 */
function dropTimerWarnings(): void {
  if (areDropped) return
  areDropped = true
  const emit = process.emitWarning.bind(process) as (...args: readonly unknown[]) => void
  const filter = (...args: readonly unknown[]) => {
    if (args[1] !== 'TimeoutNegativeWarning') emit(...args)
  }
  process.emitWarning = filter
}
