// What is known of the files of model folders without a runtime: how they look from outside, and a hash of what is in
// them. Plain data; `model/` reads it, and who serves models compares it.

/** Sizes, times and inodes: two that are the same are of the same files. */
export interface FileTraits {
  /** Of the ddnn.json files, lists of stages among them. */
  readonly manifests: string
  /** Of all other files. */
  readonly models: string
  /** A manifest is being written: `calibrate` puts all new ones beside the old ones first. */
  readonly isWriting: boolean
  /** How many files were looked at. */
  readonly files: number
}

export interface FileContents {
  /** sha256 over names and bytes, in the order of the submodels. */
  readonly hash: string
  /** Of all files together. */
  readonly bytes: number
}

export function isSameTraits(a: FileTraits, b: FileTraits): boolean {
  return a.manifests === b.manifests && a.models === b.models
}
