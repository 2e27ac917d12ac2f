// The last images, as many as are shown: of a fast run a few a second, and what went wrong in a list of its own. Pure.
import type { WatchedImage, WatchImages } from '../../domain/watch.ts'

/** Cards at most. */
export const shownImages = 24
/** New cards at most each time that the page takes some: a picture that moves less can be looked at. */
export const takenAtOnce = 6

export interface Gallery {
  /** Newest first. */
  readonly last: WatchImages
  /** Those among all that came which are wrong, without an answer or by a fallback. */
  readonly faulty: WatchImages
}

export const emptyGallery: Gallery = { last: [], faulty: [] }

/** Right or wrong; undefined where the true class is not known. */
export function isRight({ prediction, label }: WatchedImage): boolean | undefined {
  return label === undefined || prediction === undefined ? undefined : prediction === label
}

export function isFaulty(image: WatchedImage): boolean {
  return isRight(image) === false || image.problem !== undefined || image.isFallback
}

/** With those that came since, of which the ones that can be seen are taken first. */
export function withImages(gallery: Gallery, came: WatchImages): Gallery {
  const seen = new Set([...gallery.last, ...gallery.faulty].map(({ number }) => number))
  const fresh = came.filter(({ number }) => !seen.has(number))
  if (fresh.length === 0) return gallery
  const best = fresh.toSorted((a, b) => seenOf(b) - seenOf(a) || b.number - a.number)
  return {
    last: newest(best.slice(0, takenAtOnce), gallery.last),
    faulty: newest(fresh.filter(isFaulty), gallery.faulty),
  }
}

/** Nothing but what can be seen goes first: a choice by right and wrong would paint another picture than the run's. */
const seenOf = ({ thumbnail }: WatchedImage) => (thumbnail === undefined ? 0 : 1)

const newest = (fresh: WatchImages, old: WatchImages) =>
  [...fresh, ...old].toSorted((a, b) => b.number - a.number).slice(0, shownImages)
