// The gallery as it fills: once a second, and not while it is held.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { WatchImages } from '../../domain/watch.ts'
import type { OnImages } from '../use-watching.ts'
import { emptyGallery, withImages, type Gallery } from './gallery.ts'

/** Between two times that cards move. */
const calmMs = 1000
/** What may wait while it is held. */
const mostWaiting = 48

interface GalleryOptions {
  readonly listen: (onImages: OnImages) => () => void
  /** Another one, or one that was started anew, counts its images from 1 again: the gallery begins empty. */
  readonly process: string
  readonly isHeld: boolean
}

export function useGallery({ listen, process, isHeld }: GalleryOptions): Gallery {
  const [gallery, setGallery] = useState(emptyGallery)
  const held = useRef(isHeld)
  held.current = isHeld
  // Before the next event: images of the new process come right after the tick that tells of it.
  useLayoutEffect(() => {
    setGallery(emptyGallery)
    let waiting: WatchImages = []
    const unlisten = listen((images) => {
      waiting = [...images, ...waiting].slice(0, mostWaiting)
    })
    const timer = setInterval(() => {
      if (held.current || waiting.length === 0) return
      const came = waiting
      waiting = []
      setGallery((before) => withImages(before, came))
    }, calmMs)
    return () => {
      unlisten()
      clearInterval(timer)
    }
  }, [listen, process])
  return gallery
}
