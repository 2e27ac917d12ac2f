// What the starts of a cluster wait for just now: a broker that answers, a topic that is made. Readiness
// tells it in words; the log says once that it waits, and once that it need not any more.
import type { DdnnError } from '../../../../errors.ts'
import type { Logger } from '../../../../telemetry/log.ts'
import { answerOfBroker, reasonOf, type KafkaPlace } from '../kafka-errors.ts'
import { didYouMean } from '../nearest-topic.ts'
import { TopicsMissingError } from '../topics.ts'

/** What passes within this time (a new topic that is not known everywhere yet) is not worth a line. */
const briefMs = 1000

/** One start under way. */
interface StartWait {
  /** An attempt failed and is made again. */
  failed(error: DdnnError): void
  /** The start is over, well or not. */
  end(isWell: boolean): void
}

interface Trouble {
  /** The same for all attempts of all starts that wait for one thing. */
  readonly what: string
  /** Said when it is over. */
  readonly whenOver: string
  /** `what`, and how it showed last. */
  readonly reason: string
}

export class StartWaits {
  readonly #place: KafkaPlace
  readonly #log: Logger
  readonly #troubles = new Map<StartWait, Trouble>()
  /** Since when each thing is waited for, and whether that was said. */
  readonly #told = new Map<string, { readonly since: number; isLogged: boolean }>()

  constructor(place: KafkaPlace, log: Logger) {
    this.#place = place
    this.#log = log
  }

  /** What is waited for, in words; undefined where nothing is. */
  get reason(): string | undefined {
    const [first] = this.#troubles.values()
    return first?.reason
  }

  /** Begins a start of `doing`: "topic 'a'". */
  begin(doing: string): StartWait {
    const wait: StartWait = {
      failed: (error) => this.#tell(wait, this.#describe(error, doing)),
      end: (isWell) => this.#end(wait, isWell),
    }
    return wait
  }

  #describe(error: DdnnError, doing: string): Trouble {
    const { hosts, flag } = this.#place
    if (error.code === 'DDNN_TRANSPORT_REFUSED') {
      const what = `${doing} is missing at ${hosts}${flag}`
      const near = error instanceof TopicsMissingError ? error.near : []
      return { what, reason: `${what}${didYouMean(near)}`, whenOver: `${doing} is there` }
    }
    // Found out by ourselves: nothing of kafkajs stands behind it.
    if (error.cause === undefined) {
      const what = `brokers are out of reach behind ${hosts}${flag}`
      return { what, reason: error.message, whenOver: `brokers are reached at ${hosts}` }
    }
    const answer = answerOfBroker(error)
    if (answer !== undefined) {
      const what = `${doing} is not ready at ${hosts}${flag}`
      return { what, reason: `${what}: ${answer}`, whenOver: `${doing} is ready` }
    }
    const what = `no broker answers at ${hosts}${flag}`
    return { what, reason: `${what}: ${reasonOf(error)}`, whenOver: `brokers answer at ${hosts}` }
  }

  #tell(wait: StartWait, trouble: Trouble): void {
    const before = this.#troubles.get(wait)
    this.#troubles.set(wait, trouble)
    if (before !== undefined && before.what !== trouble.what) this.#over(before)
    const now = performance.now()
    const told = this.#told.get(trouble.what) ?? { since: now, isLogged: false }
    this.#told.set(trouble.what, told)
    if (told.isLogged || now - told.since < briefMs) return
    told.isLogged = true
    this.#log.warn(`waiting: ${trouble.reason}`)
  }

  #end(wait: StartWait, isWell: boolean): void {
    const trouble = this.#troubles.get(wait)
    this.#troubles.delete(wait)
    if (trouble !== undefined && isWell) this.#over(trouble)
  }

  #over({ what, whenOver }: Trouble): void {
    if ([...this.#troubles.values()].some((other) => other.what === what)) return
    if (this.#told.get(what)?.isLogged === true) this.#log.info(whenOver)
    this.#told.delete(what)
  }
}
