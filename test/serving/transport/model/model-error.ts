// How a broker, or the way to it, says no in the model.

/** A broker's refusal: `type` is Kafka's own name for it. */
export class ModelError extends Error {
  readonly type: string
  /** Of MEMBER_ID_REQUIRED: the id that the member is to join with. */
  readonly memberId: string | undefined

  constructor(type: string, memberId?: string) {
    super(`the model says ${type}`)
    this.name = 'ModelError'
    this.type = type
    this.memberId = memberId
  }
}

/** Whether the broker has what was asked is not known. */
export class ConnectionLost extends Error {
  constructor() {
    super('the connection was lost')
    this.name = 'ConnectionLost'
  }
}
