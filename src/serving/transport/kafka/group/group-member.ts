// One member of a consumer group. Joins, beats, joins again when the group changes hands, for as long as it
// is open; a coordinator that moves or goes away costs no membership that the brokers still keep.
import type { Logger } from '../../../../telemetry/log.ts'
import { createBackoff } from '../../backoff.ts'
import { settledWithin } from '../../../../domain/settled.ts'
import { isRefused, isRebalance, isUnknownMember } from '../kafka-errors.ts'
import type { Channel, JoinedGroup, Membership } from '../port.ts'
import { createCondition } from '../condition.ts'
import { sharedAssigner, shareOut, type Subscriber } from './shared-assigner.ts'

/** What members of a group tell each other, as bytes. */
export interface GroupBytes {
  encodeSubscription(topics: readonly string[]): Buffer
  decodeSubscription(bytes: Buffer): readonly string[]
  encodeAssignment(assignment: Readonly<Record<string, readonly number[]>>): Buffer
  decodeAssignment(bytes: Buffer): Readonly<Record<string, readonly number[]>>
}

export interface Joined {
  readonly partitions: readonly number[]
  /** The member that was there first. */
  readonly isLeader: boolean
}

export interface GroupMemberOptions {
  /** Of its own: a join holds its connection for as long as the others of the group take. */
  readonly createChannel: () => Channel
  readonly bytes: GroupBytes
  readonly groupId: string
  readonly topic: string
  readonly sessionTimeoutMs: number
  /** In the group with these partitions, until `onLeft`. */
  readonly onJoined: (joined: Joined) => void
  /** The group is about to change hands: what is done may be committed before it does. */
  readonly onLeaving: () => Promise<void>
  /** Out of the group until the next `onJoined`. */
  readonly onLeft: () => void
  readonly onSuspect: () => void
  readonly log: Logger
}

/** A member that has not come back to a rebalance within this time is left out of it. */
const rebalanceTimeoutMs = 20_000
/** Saying goodbye, and a last commit before a rebalance. */
const goodbyeMs = 1500

type State =
  | { readonly name: 'closed' }
  /** Not in the group; `failure` is why the last attempt did not bring it in. */
  | { readonly name: 'joining'; readonly failure: unknown }
  | {
      readonly name: 'member'
      readonly node: number
      readonly membership: Membership
      readonly beatenAt: number
    }
  /** Told to join again at once. */
  | { readonly name: 'leaving'; readonly node: number; readonly membership: Membership }

export class GroupMember {
  readonly #options: GroupMemberOptions
  readonly #channel: Channel
  readonly #closing = new AbortController()
  readonly #changed = createCondition()
  #state: State = { name: 'joining', failure: undefined }
  #memberId = ''
  /** Partitions of the topic that this member shared out as the leader; undefined for the others. */
  #sharedOut: number | undefined
  /** Partitions that the topic has, as far as it was told; 0 before. */
  #partitions = 0
  #isRefusalTold = false
  #running: Promise<void> | undefined

  constructor(options: GroupMemberOptions) {
    this.#options = options
    this.#channel = options.createChannel()
  }

  /** Why it is not in the group; undefined while it is, or has not failed yet. */
  get failure(): unknown {
    return this.#state.name === 'joining' ? this.#state.failure : undefined
  }

  get isMember(): boolean {
    return this.#state.name === 'member'
  }

  /**
   * False once the group may have given its partitions to others: a process that was frozen finds itself
   * here with what it fetched before.
   */
  get isBeating(): boolean {
    const { sessionTimeoutMs } = this.#options
    return (
      this.#state.name === 'member' && performance.now() - this.#state.beatenAt < sessionTimeoutMs
    )
  }

  /** Begins to join, and stays at it until it is closed. */
  open(): void {
    this.#running ??= this.#run()
  }

  /** Tells how many partitions the topic has: where the leader shared out others, all join again. */
  partitionsAre(count: number): void {
    this.#partitions = count
    if (this.#sharedOut !== count) this.#shareAnew()
  }

  #shareAnew(): void {
    if (this.#state.name !== 'member' || this.#sharedOut === undefined) return
    const { node, membership } = this.#state
    this.#state = { name: 'leaving', node, membership }
    this.#changed.wake()
  }

  /**
   * Commits within the generation that it is in; a later one's brokers refuse. Rejects with what the client
   * throws, also while it is in no group.
   */
  async commit(
    offsets: readonly { readonly partition: number; readonly offset: bigint }[],
  ): Promise<void> {
    const state = this.#state
    if (state.name !== 'member' && state.name !== 'leaving') throw new Error('not in the group')
    await this.#channel.commit(state.node, state.membership, this.#options.topic, offsets)
  }

  /** What the group has committed of these partitions. Rejects with what the client throws. */
  async committed(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint>> {
    const state = this.#state
    if (state.name !== 'member') throw new Error('not in the group')
    const { topic, groupId } = this.#options
    return this.#channel.committed(state.node, groupId, topic, partitions)
  }

  async #run(): Promise<void> {
    const backoff = createBackoff()
    while (!this.#closing.signal.aborted) {
      try {
        await this.#join()
        await this.#stay()
      } catch (thrown) {
        if (this.#closing.signal.aborted) return
        this.#fail(thrown)
        if (!isRebalance(thrown)) await backoff.wait(this.#closing.signal).catch(() => undefined)
      }
    }
  }

  async #join(): Promise<void> {
    const { bytes, groupId, topic, onJoined, log } = this.#options
    const channel = this.#channel
    const node = await channel.coordinator(groupId)
    const joined = await this.#askToJoin(node)
    this.#memberId = joined.memberId
    const isLeader = joined.leaderId === joined.memberId
    this.#sharedOut = undefined
    const membership = { groupId, memberId: joined.memberId, generation: joined.generation }
    const assignments = isLeader ? await this.#shareOut(joined.members) : []
    const assignment = await channel.sync(node, membership, assignments)
    if (this.#closing.signal.aborted) {
      await settledWithin(channel.leave(node, membership), goodbyeMs)
      return
    }
    this.#state = { name: 'member', node, membership, beatenAt: performance.now() }
    if (this.#isRefusalTold) log.info(`in the group '${groupId}' again`)
    this.#isRefusalTold = false
    onJoined({ partitions: bytes.decodeAssignment(assignment)[topic] ?? [], isLeader })
    this.#changed.wake()
  }

  async #askToJoin(node: number): Promise<JoinedGroup> {
    const { bytes, groupId, topic, sessionTimeoutMs } = this.#options
    const ask = () =>
      this.#channel.join(node, {
        groupId,
        memberId: this.#memberId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocols: [{ name: sharedAssigner, metadata: bytes.encodeSubscription([topic]) }],
      })
    try {
      return await ask()
    } catch (thrown) {
      const { memberId } = thrown as { memberId?: string }
      if (this.#memberId !== '' || memberId === undefined) throw thrown
      this.#memberId = memberId
      if (this.#closing.signal.aborted) throw thrown
      return ask()
    }
  }

  /** The leader's part: who reads what. */
  async #shareOut(members: readonly { readonly memberId: string; readonly metadata: Buffer }[]) {
    const { bytes, topic: own } = this.#options
    const subscribers: Subscriber[] = members.map(({ memberId, metadata }) => ({
      memberId,
      topics: bytes.decodeSubscription(metadata),
    }))
    const views = await this.#channel.topics([
      ...new Set(subscribers.flatMap(({ topics }) => topics)),
    ])
    this.#sharedOut = views.find(({ topic }) => topic === own)?.partitions.length ?? 0
    const shares = shareOut(
      subscribers,
      (topic) =>
        views.find((view) => view.topic === topic)?.partitions.map(({ partition }) => partition) ??
        [],
    )
    return [...shares].map(([memberId, share]) => ({
      memberId,
      assignment: bytes.encodeAssignment(share),
    }))
  }

  /** Beats until the group changes hands; rejects with why it is not a member any more. */
  async #stay(): Promise<void> {
    const { groupId, sessionTimeoutMs, onSuspect } = this.#options
    const channel = this.#channel
    for (;;) {
      await this.#changed.wait(sessionTimeoutMs / 3.3)
      // The broker that was asked for the partitions lagged behind, or they were added since.
      if ((this.#sharedOut ?? Infinity) < this.#partitions) this.#shareAnew()
      const state = this.#state
      if (this.#closing.signal.aborted) return
      if (state.name !== 'member') return this.#leaveBriefly()
      try {
        await channel.heartbeat(state.node, state.membership)
        if (this.#state === state) this.#state = { ...state, beatenAt: performance.now() }
      } catch (thrown) {
        if (this.#closing.signal.aborted) return
        if (isRebalance(thrown) || isUnknownMember(thrown)) return this.#leaveBriefly(thrown)
        if (performance.now() - state.beatenAt > sessionTimeoutMs) throw thrown
        // The coordinator is away or has moved: the membership is as good as its session.
        onSuspect()
        const node = await channel.coordinator(groupId).catch(() => undefined)
        if (node !== undefined && this.#state === state) this.#state = { ...state, node }
      }
    }
  }

  /** On the way to the next join, with a last commit in this generation. */
  async #leaveBriefly(why?: unknown): Promise<void> {
    const state = this.#state
    if (isUnknownMember(why)) this.#memberId = ''
    else if (state.name === 'member' || state.name === 'leaving') {
      this.#state = { name: 'leaving', node: state.node, membership: state.membership }
      await settledWithin(this.#options.onLeaving(), goodbyeMs)
    }
    this.#left(undefined)
  }

  #fail(thrown: unknown): void {
    const { log, groupId, onSuspect } = this.#options
    log.debug({ err: thrown, groupId }, 'not in the group')
    if (isUnknownMember(thrown)) this.#memberId = ''
    this.#left(thrown)
    onSuspect()
    // Brokers that are away are the watch's to tell; that they refuse the group, nobody else tells.
    if (this.#isRefusalTold || !isRefused(thrown)) return
    this.#isRefusalTold = true
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    log.warn(`out of the group '${groupId}': ${reason}`)
  }

  #left(failure: unknown): void {
    const wasIn = this.#state.name !== 'joining'
    this.#state = { name: 'joining', failure }
    if (wasIn) this.#options.onLeft()
    this.#changed.wake()
  }

  /** Leaves the group; where brokers are away or there is no time, the session's end does it. */
  async close(timeoutMs: number): Promise<void> {
    const state = this.#state
    this.#closing.abort()
    this.#state = { name: 'closed' }
    this.#changed.wake()
    if (state.name === 'member' || state.name === 'leaving') {
      await settledWithin(this.#channel.leave(state.node, state.membership), timeoutMs)
    } else if (state.name === 'joining' && this.#running !== undefined) {
      await settledWithin(this.#leaveJoining(), timeoutMs)
    }
    void this.#channel.disconnect().catch(() => undefined)
  }

  /** A member whose join is under way leaves over another connection: its own is held by the join. */
  async #leaveJoining(): Promise<void> {
    const { createChannel, groupId } = this.#options
    if (this.#memberId === '') {
      // It has no id yet; what it was asking for ends soon.
      await this.#running
    }
    if (this.#memberId === '') return
    const channel = createChannel()
    try {
      const membership = { groupId, memberId: this.#memberId, generation: -1 }
      await channel.leave(await channel.coordinator(groupId), membership)
    } finally {
      void channel.disconnect().catch(() => undefined)
    }
  }
}
