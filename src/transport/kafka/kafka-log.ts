// kafkajs's own log in ours: at debug, whatever it calls it. It logs each attempt of each retry, while
// here a change of state is logged once, by broker-watch.ts.
import kafkajs, { type logCreator } from 'kafkajs'
import type { Logger } from '../../telemetry/log.ts'

/** What the constructor of Kafka takes as `logLevel` and `logCreator`. */
export function kafkaLog(log: Logger): { logLevel: kafkajs.logLevel; logCreator: logCreator } {
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
