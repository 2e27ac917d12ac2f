// One consumer group of the in-process transport: a queue of requests and the links that share it.
import type { Headers } from '../headers.ts'

/** A request as it waits: the group's own copy of the bytes. */
export interface StoredRequest {
  readonly value: Uint8Array
  readonly headers: Headers
  readonly topic: string
  /** Place in the topic, from 0. */
  readonly offset: number
  /** By performance.now(). */
  readonly storedAt: number
  /** By the wall clock, milliseconds since 1970. */
  readonly timestampMs: number
}

/** A back link as its group sees it. */
export interface GroupMember {
  readonly hasRoom: boolean
  take(request: StoredRequest): void
}

/** Gives each request to one member that has room, round-robin; keeps them in order while none has. */
export class RequestGroup {
  readonly #waiting: StoredRequest[] = []
  readonly #members: GroupMember[] = []
  readonly #failures = new WeakMap<StoredRequest, number>()
  #turn = 0

  get waiting(): number {
    return this.#waiting.length
  }

  add(request: StoredRequest): void {
    this.#waiting.push(request)
    this.dispatch()
  }

  /** Undone requests come back to their old places, before those that never were given out. */
  giveBack(requests: readonly StoredRequest[]): void {
    if (requests.length === 0) return
    this.#waiting.push(...requests)
    this.#waiting.sort((a, b) => a.offset - b.offset)
    this.dispatch()
  }

  /** How often it has failed now in this group, this time among them. */
  countFailure(request: StoredRequest): number {
    const failures = (this.#failures.get(request) ?? 0) + 1
    this.#failures.set(request, failures)
    return failures
  }

  join(member: GroupMember): void {
    this.#members.push(member)
    this.dispatch()
  }

  leave(member: GroupMember): void {
    const index = this.#members.indexOf(member)
    if (index !== -1) this.#members.splice(index, 1)
  }

  /** Called again by a member that has room again. */
  dispatch(): void {
    while (this.#waiting.length > 0) {
      const member = this.#nextWithRoom()
      if (member === undefined) return
      const request = this.#waiting.shift()
      if (request !== undefined) member.take(request)
    }
  }

  #nextWithRoom(): GroupMember | undefined {
    for (let step = 0; step < this.#members.length; step++) {
      const index = (this.#turn + step) % this.#members.length
      const member = this.#members[index]
      if (member?.hasRoom === true) {
        this.#turn = index + 1
        return member
      }
    }
    return undefined
  }
}
