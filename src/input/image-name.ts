// Which files are looked at as images, by how their names end.
import { plainName } from './file-name.ts'

/**
 * Endings of images, in lower case. HEIC photos are not decoded, but people take them for images: each is named with
 * what to do, where it would be left out in silence.
 */
export const imageEndings = [
  ...['jpg', 'jpeg', 'png', 'webp', 'avif', 'gif', 'tif', 'tiff', 'bmp', 'svg'],
  ...['heic', 'heif'],
] as const

/** 'jpg' of 'Rose.JPG'; undefined of a name without one. */
export function endingOf(name: string): string | undefined {
  return /[^/\\]\.([^./\\]+)$/.exec(plainName(name))?.[1]?.toLowerCase()
}

/** Whether a name ends as an image's does, in any case. */
export function isImageName(name: string): boolean {
  const ending = endingOf(name)
  return ending !== undefined && (imageEndings as readonly string[]).includes(ending)
}

/** Whether a name ends as a JPEG's does. */
export function isJpegName(name: string): boolean {
  return ['jpg', 'jpeg'].includes(endingOf(name) ?? '')
}

/** Whether a name is hidden: file managers leave '._photo.jpg' beside 'photo.jpg'. */
export function isHiddenName(name: string): boolean {
  return plainName(name).startsWith('.')
}
