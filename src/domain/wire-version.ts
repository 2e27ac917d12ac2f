// The version of what travels between processes: record headers and frames together.

/**
 * Raised when an older release would get something wrong, and only then. What tells versions apart never
 * changes: the first five bytes of a frame, and the headers `ddnn-version`, `correlation-id` and
 * `reply-partition`. So a release that knows nothing of another one can still refuse it, and the refusal
 * finds its asker.
 */
export const wireVersion = 1
