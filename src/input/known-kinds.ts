// Kinds of files that several of the looks at their first bytes tell (file-kind.ts, container-kind.ts).

/** What is decoded. */
export type ImageKind = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff' | 'bmp' | 'svg'

export interface FileKind {
  /** Undefined of what is not decoded. */
  readonly image?: ImageKind
  /** With its article: 'a HEIC photo'. */
  readonly name: string
  /** How it becomes an image that is taken. */
  readonly hint?: string
}

export const video: FileKind = {
  name: 'a video',
  hint: 'Pass it to `ddnn classify`, or save single frames of it',
}

export const rawPhoto: FileKind = {
  name: 'a RAW photo of a camera',
  hint: "Develop it to JPEG: darktable, RawTherapee or the camera maker's program do",
}
