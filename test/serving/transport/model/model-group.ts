// A consumer group as its coordinator keeps it: generations, the barriers of join and sync, sessions, and
// commits that are fenced by the generation.
import type { JoinedGroup } from '../../../../src/serving/transport/kafka/port.ts'
import { ModelError } from './model-error.ts'

/** A member that does not come back to a rebalance within this time is left out, milliseconds. */
const rebalanceMs = 700

interface Deferred<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

interface Member {
  readonly memberId: string
  readonly sessionTimeoutMs: number
  metadata: Buffer
  joining: Deferred<JoinedGroup>[]
  syncing: Deferred<Buffer>[]
  assignment: Buffer
  timer: NodeJS.Timeout | undefined
}

export class ModelGroup {
  readonly committed = new Map<string, bigint>()
  #generation = 0
  #state: 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' = 'Empty'
  #leader = ''
  #made = 0
  #barrier: NodeJS.Timeout | undefined
  readonly #members = new Map<string, Member>()
  readonly #promised = new Set<string>()

  get generation(): number {
    return this.#generation
  }

  get size(): number {
    return this.#members.size
  }

  join(given: string, metadata: Buffer, sessionTimeoutMs: number): Promise<JoinedGroup> {
    if (given === '') {
      const memberId = `member-${++this.#made}`
      this.#promised.add(memberId)
      throw new ModelError('MEMBER_ID_REQUIRED', memberId)
    }
    const known = this.#members.get(given)
    if (known === undefined && !this.#promised.delete(given)) {
      throw new ModelError('UNKNOWN_MEMBER_ID')
    }
    const isSame = known?.metadata.equals(metadata) === true
    const member = known ?? newMember(given, metadata, sessionTimeoutMs)
    member.metadata = metadata
    this.#members.set(given, member)
    this.#touch(member)
    if (isSame && this.#state === 'CompletingRebalance') return Promise.resolve(this.#told(member))
    if (isSame && this.#state === 'Stable' && given !== this.#leader) {
      return Promise.resolve(this.#told(member))
    }
    const joined = new Promise<JoinedGroup>((resolve, reject) => {
      member.joining.push({ resolve, reject })
    })
    this.#rebalance()
    return joined
  }

  #rebalance(): void {
    if (this.#state !== 'PreparingRebalance') {
      this.#state = 'PreparingRebalance'
      for (const { syncing } of this.#members.values()) {
        for (const { reject } of syncing.splice(0)) reject(new ModelError('REBALANCE_IN_PROGRESS'))
      }
      clearTimeout(this.#barrier)
      this.#barrier = setTimeout(() => this.#complete(), rebalanceMs)
    }
    if ([...this.#members.values()].every(({ joining }) => joining.length > 0)) this.#complete()
  }

  #complete(): void {
    clearTimeout(this.#barrier)
    for (const member of [...this.#members.values()]) {
      if (member.joining.length === 0) this.#remove(member)
    }
    this.#generation++
    this.#state = this.#members.size === 0 ? 'Empty' : 'CompletingRebalance'
    if (!this.#members.has(this.#leader)) this.#leader = [...this.#members.keys()][0] ?? ''
    for (const member of this.#members.values()) {
      member.assignment = Buffer.alloc(0)
      const told = this.#told(member)
      for (const { resolve } of member.joining.splice(0)) resolve(told)
      this.#touch(member)
    }
  }

  #told({ memberId }: Member): JoinedGroup {
    const all = [...this.#members.values()].map((one) => ({
      memberId: one.memberId,
      metadata: one.metadata,
    }))
    const members = memberId === this.#leader ? all : []
    return { generation: this.#generation, memberId, leaderId: this.#leader, members }
  }

  sync(
    memberId: string,
    generation: number,
    assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
  ): Promise<Buffer> {
    const member = this.#known(memberId, generation)
    if (this.#state === 'PreparingRebalance') throw new ModelError('REBALANCE_IN_PROGRESS')
    this.#touch(member)
    if (this.#state === 'CompletingRebalance' && memberId === this.#leader) {
      for (const one of assignments) {
        const of = this.#members.get(one.memberId)
        if (of !== undefined) of.assignment = one.assignment
      }
      this.#state = 'Stable'
      for (const one of this.#members.values()) {
        for (const { resolve } of one.syncing.splice(0)) resolve(one.assignment)
      }
    }
    if (this.#state === 'Stable') return Promise.resolve(member.assignment)
    return new Promise((resolve, reject) => member.syncing.push({ resolve, reject }))
  }

  heartbeat(memberId: string, generation: number): void {
    this.#touch(this.#known(memberId, generation))
    if (this.#state === 'PreparingRebalance') throw new ModelError('REBALANCE_IN_PROGRESS')
  }

  /** Offsets by partition, under the name of the topic's life. */
  commit(memberId: string, generation: number, offsets: ReadonlyMap<string, bigint>): void {
    this.#touch(this.#known(memberId, generation))
    if (this.#state === 'CompletingRebalance') throw new ModelError('REBALANCE_IN_PROGRESS')
    for (const [key, offset] of offsets) this.committed.set(key, offset)
  }

  leave(memberId: string): void {
    this.#promised.delete(memberId)
    const member = this.#members.get(memberId)
    if (member === undefined) return
    this.#remove(member)
    this.#rebalance()
  }

  /** The coordinator knows nobody any more; what was committed stays. */
  forgetMembers(): void {
    for (const member of [...this.#members.values()]) this.#remove(member)
    this.#promised.clear()
    clearTimeout(this.#barrier)
    this.#state = 'Empty'
    this.#leader = ''
  }

  #known(memberId: string, generation: number): Member {
    const member = this.#members.get(memberId)
    if (member === undefined) throw new ModelError('UNKNOWN_MEMBER_ID')
    if (generation !== this.#generation) throw new ModelError('ILLEGAL_GENERATION')
    return member
  }

  /** Whoever waits in a join is not expired. */
  #touch(member: Member): void {
    clearTimeout(member.timer)
    member.timer = setTimeout(() => {
      if (member.joining.length > 0) return this.#touch(member)
      this.#remove(member)
      this.#rebalance()
    }, member.sessionTimeoutMs)
  }

  #remove(member: Member): void {
    clearTimeout(member.timer)
    this.#members.delete(member.memberId)
    const gone = new ModelError('UNKNOWN_MEMBER_ID')
    for (const { reject } of member.joining.splice(0)) reject(gone)
    for (const { reject } of member.syncing.splice(0)) reject(gone)
  }
}

function newMember(memberId: string, metadata: Buffer, sessionTimeoutMs: number): Member {
  const assignment = Buffer.alloc(0)
  const member = { memberId, metadata, sessionTimeoutMs, assignment, timer: undefined }
  return { ...member, joining: [], syncing: [] }
}
