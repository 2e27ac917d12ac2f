// Which bytes are image files, by how they begin. Drawings (SVG) are programs to whoever renders them, so from
// the network they are none.

/** In words, for who sent another. */
export const imageFileNames = 'JPEG, PNG, WebP, AVIF, GIF or TIFF'

/** First bytes from a place on. */
type Magic = readonly [at: number, bytes: readonly number[]]

const ascii = (text: string) => [...Buffer.from(text, 'latin1')]

const magics: readonly (readonly Magic[])[] = [
  [[0, [0xff, 0xd8, 0xff]]],
  [[0, [0x89, ...ascii('PNG')]]],
  [[0, ascii('GIF8')]],
  [[0, [...ascii('II'), 0x2a, 0x00]]],
  [[0, [...ascii('MM'), 0x00, 0x2a]]],
  [
    [0, ascii('RIFF')],
    [8, ascii('WEBP')],
  ],
  // AVIF, whose brand says more than the box that it stands in.
  [[4, ascii('ftyp')]],
]

/** Whether these bytes begin as an image file that is taken; the decoder says whether they are one. */
export function isImageFile(bytes: Uint8Array): boolean {
  return magics.some((parts) =>
    parts.every(([at, magic]) => magic.every((byte, i) => bytes[at + i] === byte)),
  )
}
