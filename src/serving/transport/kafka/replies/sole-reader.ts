// Who reads all replies of a topic must be alone with them: replies of an original belong to whoever asked
// last, and two readers would each take the other's. A group of the topic shows who was there first.
import { TransportError } from '../../../../errors.ts'
import { GroupMember } from '../group/group-member.ts'
import { untilJoined } from '../group/join-wait.ts'
import type { LinkContext } from '../link-context.ts'
import { createCondition } from '../condition.ts'

const leaveTimeoutMs = 1500

export class SoleReader {
  readonly #context: LinkContext
  readonly #topic: string
  readonly #groupId: string
  readonly #member: GroupMember
  readonly #changed = createCondition()
  readonly #closing = new AbortController()
  readonly #onGivenWay: () => void
  #isFirst = false
  #isOpen = false
  #givenWay: TransportError | undefined

  constructor(context: LinkContext, topic: string, onGivenWay: () => void) {
    this.#context = context
    this.#topic = topic
    this.#groupId = `ddnn-json-front.${topic}`
    this.#onGivenWay = onGivenWay
    const { replies, sessionTimeoutMs, groupBytes, log } = context
    this.#member = new GroupMember({
      createChannel: () => replies.client.channel(),
      bytes: groupBytes,
      groupId: this.#groupId,
      topic,
      sessionTimeoutMs,
      onJoined: ({ isLeader }) => {
        if (isLeader) this.#isFirst = true
        else this.#giveWay()
        this.#changed.wake()
      },
      onLeaving: () => Promise.resolve(),
      onLeft: () => undefined,
      onSuspect: () => replies.watch.suspect(),
      log,
    })
  }

  /** Why it left its replies to another process; undefined where it did not. */
  get givenWay(): TransportError | undefined {
    return this.#givenWay
  }

  get reason(): string | undefined {
    if (this.#givenWay !== undefined) return this.#givenWay.message
    return this.#isFirst ? undefined : `not alone with the replies of '${this.#topic}' yet`
  }

  /** Resolves when nobody else reads them. @throws DDNN_TRANSPORT_REFUSED where somebody does. */
  async open(): Promise<void> {
    this.#member.open()
    await untilJoined({
      isDone: () => this.#isFirst || this.#givenWay !== undefined,
      failure: () => this.#member.failure,
      changed: this.#changed,
      closing: this.#closing.signal,
      place: this.#context.replies.place,
      groupId: this.#groupId,
      topic: this.#topic,
      timeoutMs: this.#context.joinTimeoutMs,
    })
    this.#isOpen = true
    if (this.#givenWay !== undefined) throw this.#givenWay
  }

  /** Another process reads all replies of this topic and was there first: each would take the other's. */
  #giveWay(): void {
    this.#givenWay ??= new TransportError(
      'DDNN_TRANSPORT_REFUSED',
      `Expected to be the only reader of all replies in '${this.#topic}', got another process there`,
      {
        hint: 'Give each replica in front of an original its own topics, or run a single replica',
      },
    )
    if (this.#isOpen) this.#context.log.error({ hint: this.#givenWay.hint }, this.#givenWay.message)
    this.#onGivenWay()
    void this.#member.close(leaveTimeoutMs)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#changed.wake()
    await this.#member.close(leaveTimeoutMs)
  }
}
