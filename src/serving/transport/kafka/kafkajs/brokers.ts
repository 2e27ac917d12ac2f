// Brokers of one cluster as a channel reaches them: by node once the cluster has told where they are, by
// the given addresses before. A broker whose connection failed is made anew at the next request.
import { parseAddress, type BrokerAddress } from '../dial.ts'
import type { BrokerMaker, RawBroker } from './internals.ts'

export class Brokers {
  readonly #make: BrokerMaker
  readonly #given: readonly BrokerAddress[]
  readonly #byAddress = new Map<string, Promise<RawBroker>>()
  #nodes: ReadonlyMap<number, BrokerAddress> = new Map()
  #turn = 0

  /** `given` are host:port, as flags name them. */
  constructor(make: BrokerMaker, given: readonly string[]) {
    this.#make = make
    this.#given = given.map(parseAddress)
  }

  /** Where each node is, as the cluster tells it. */
  learn(nodes: ReadonlyMap<number, BrokerAddress>): void {
    this.#nodes = nodes
    const known = new Set([...nodes.values()].map(({ host, port }) => `${host}:${port}`))
    for (const [key, making] of this.#byAddress) {
      // The way in by another name than its own, or a broker that is gone: nothing is asked there any more.
      if (known.has(key) || known.size === 0) continue
      this.#byAddress.delete(key)
      void making.then((broker) => broker.disconnect()).catch(() => undefined)
    }
  }

  knows(node: number): boolean {
    return this.#nodes.has(node)
  }

  /** A connected broker; rejects with what the client throws. */
  async node(node: number): Promise<RawBroker> {
    const address = this.#nodes.get(node)
    if (address === undefined) throw new UnknownNodeError(node)
    return this.#at(address)
  }

  /** Any broker that can be connected: a connected one first, else the given addresses in turn. */
  async any(): Promise<RawBroker> {
    const known = [...this.#nodes.values()]
    const candidates = [...known, ...this.#given]
    let failure: unknown
    for (let i = 0; i < candidates.length; i++) {
      const address = candidates[(this.#turn + i) % candidates.length] as BrokerAddress
      try {
        const broker = await this.#at(address)
        this.#turn = (this.#turn + i) % candidates.length
        return broker
      } catch (thrown) {
        failure = thrown
      }
    }
    this.#turn++
    throw failure
  }

  async #at(address: BrokerAddress): Promise<RawBroker> {
    const key = `${address.host}:${address.port}`
    const making = this.#byAddress.get(key) ?? this.#make.at(address)
    this.#byAddress.set(key, making)
    try {
      const broker = await making
      if (!broker.isConnected()) await broker.connect()
      return broker
    } catch (thrown) {
      this.#forget(key)
      throw thrown
    }
  }

  #forget(key: string): void {
    const making = this.#byAddress.get(key)
    if (making === undefined) return
    this.#byAddress.delete(key)
    void making.then(hangUp).catch(() => undefined)
  }

  /** Lets go of a broker that was handed out and did not answer. */
  dropBroker(broker: RawBroker): void {
    const { host, port } = broker.connectionPool
    // The next question goes to another one first.
    this.#turn++
    this.#forget(`${host}:${port}`)
  }

  drop(node: number): void {
    const address = this.#nodes.get(node)
    if (address !== undefined) this.#forget(`${address.host}:${address.port}`)
  }

  async disconnect(): Promise<void> {
    const all = [...this.#byAddress.values()]
    this.#byAddress.clear()
    await Promise.allSettled(all.map(async (making) => (await making).disconnect()))
  }
}

/** kafkajs's own disconnecting waits for the answers to all requests; what is dropped may never answer. */
function hangUp(broker: RawBroker): void {
  for (const { socket } of broker.connectionPool.pool) {
    socket?.destroy(new Error('the connection was dropped'))
  }
  void broker.disconnect().catch(() => undefined)
}

/** The cluster has not told of this node, or not again since it came back. */
class UnknownNodeError extends Error {
  readonly retriable = true

  constructor(node: number) {
    super(`broker ${node} is not known yet`)
    this.name = 'UnknownNodeError'
  }
}
