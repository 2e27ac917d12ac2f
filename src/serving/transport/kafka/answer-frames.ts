// Cuts what a broker sends into answers, each in memory of its own size: an int32 of its length, big-endian,
// then as many bytes. A socket left to itself makes 64 kB of new memory for each read, and kafkajs puts what
// it gives together in another; for images that is twice their bytes, which must all be collected again.

const lengthBytes = 4
/** No broker answers with so much; a length beyond is no length. */
const mostBytes = 2 ** 30

export class AnswerFrames {
  readonly #onAnswer: (answer: Buffer) => void
  readonly #head = Buffer.alloc(lengthBytes)
  /** Bytes of the head that are there. */
  #headBytes = 0
  #answer: Buffer | undefined
  #at = 0

  /** `onAnswer` is given each answer whole, with its length before it. */
  constructor(onAnswer: (answer: Buffer) => void) {
    this.#onAnswer = onAnswer
  }

  /** Copies what it needs. @throws RangeError for a length that is none; then the connection is of no use. */
  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      at += this.#answer === undefined ? this.#addToHead(bytes, at) : this.#addToAnswer(bytes, at)
    }
  }

  #addToHead(bytes: Buffer, from: number): number {
    const taken = bytes.copy(this.#head, this.#headBytes, from)
    this.#headBytes += taken
    if (this.#headBytes < lengthBytes) return taken
    const length = this.#head.readInt32BE(0)
    if (length < 0 || length > mostBytes) {
      throw new RangeError(`Expected the length of an answer, got ${length}`)
    }
    this.#answer = Buffer.allocUnsafe(lengthBytes + length)
    this.#head.copy(this.#answer)
    this.#headBytes = 0
    this.#at = lengthBytes
    if (length === 0) this.#give(this.#answer)
    return taken
  }

  #addToAnswer(bytes: Buffer, from: number): number {
    const answer = this.#answer as Buffer
    const taken = bytes.copy(answer, this.#at, from)
    this.#at += taken
    if (this.#at === answer.length) this.#give(answer)
    return taken
  }

  #give(answer: Buffer): void {
    this.#answer = undefined
    this.#onAnswer(answer)
  }
}
