// Values of labels that are shown at zero before the first of them comes; others may come all the same.

/** What keeps a front from answering. */
export const fallbackReasons = [
  'DDNN_REPLY_TIMEOUT',
  'DDNN_REPLY_FAILED',
  'DDNN_FRONT_SILENT',
  'DDNN_OVERLOADED',
  'DDNN_TRANSPORT_UNREACHABLE',
  'DDNN_TRANSPORT_REFUSED',
  'DDNN_MODEL_MISMATCH',
  'DDNN_LABELS_MISMATCH',
  'DDNN_FRAME_VERSION',
  'DDNN_FRAME_MALFORMED',
  'DDNN_ENGINE_VALUE',
] as const

/** Why requests are put aside. */
export const deadLetterCodes = [
  'DDNN_FRAME_MALFORMED',
  'DDNN_FRAME_VERSION',
  'DDNN_FRAME_SHAPE',
  'DDNN_FRAME_VALUE',
  'DDNN_FRAME_TOO_LARGE',
  'DDNN_MODEL_MISMATCH',
  'DDNN_INPUT_UNREADABLE',
  'DDNN_ENGINE_FAILED',
  'DDNN_ENGINE_VALUE',
  'DDNN_INTERNAL',
] as const

/** Requests that every link sends. */
export const brokerApis = ['Produce', 'Fetch', 'Metadata', 'ListOffsets'] as const

export const doorStatuses = {
  http: ['200', '400', '401', '404', '413', '429', '499', '500', '503'],
  grpc: ['OK', 'INVALID_ARGUMENT', 'RESOURCE_EXHAUSTED', 'UNAVAILABLE', 'CANCELLED', 'INTERNAL'],
} as const
