// For `node --import`: this process's clock is FAULTS_CLOCK_SHIFT_MS off, as with a wrong host clock. Timers and
// performance.now(), which count from the start, are right, as they are on a real machine.
const shiftMs = Number(process.env.FAULTS_CLOCK_SHIFT_MS ?? 3_600_000)
const RealDate = Date

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shiftMs)
    else super(...args)
  }

  static now() {
    return RealDate.now() + shiftMs
  }
}
