// The seam of the data sets: which members of an archive are wanted and what becomes of them.

/** How labelled photos are shared out between train and test. */
export interface Split {
  /** Share of each label's photos that goes to test. */
  readonly testShare: number
  readonly seed: number
}

/** What an unpacked data set holds. */
export interface Contents {
  /** For people: '50000 training and 10000 test images'. */
  readonly summary: string
  /** In the order of the classes; written beside the data set where it has no list of its own. */
  readonly labels: readonly string[] | undefined
}

export interface Layout {
  /** Whether a split is part of it. */
  readonly isSplit: boolean
  /** Most bytes that an honest archive unpacks to; more is refused while it is unpacked. */
  readonly maxBytes: number
  /**
   * Where a file of the archive goes, below the data set's folder; undefined where it is not wanted.
   * `path` holds neither '..' nor an empty name.
   */
  place(path: readonly string[]): string | undefined
  /**
   * Arranges what was unpacked to `folder` and checks that all is there.
   * @throws DDNN_DOWNLOAD_DAMAGED when it is not what the data set should hold.
   */
  arrange(folder: string, split: Split): Promise<Contents>
  /** Whether a folder that somebody else made holds the data set. */
  recognise(folder: string): Promise<Contents | undefined>
}
