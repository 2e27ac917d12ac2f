// What a download tells whoever watches it.

type DownloadStage = 'fetch' | 'verify' | 'unpack'

export interface DownloadHooks {
  /** Bytes of the archive that this stage is through, and of how many. */
  onProgress(stage: DownloadStage, bytes: number, totalBytes: number | undefined): void
  /** A sentence for the user: tried again, gone on, started anew. */
  onNotice(text: string): void
}
