// How something that happens more than once is handed down, so that only its source is global.

/** Calls `listener` each time from now on, until the function that it returns is called. */
export type Subscribe = (listener: () => void) => () => void
