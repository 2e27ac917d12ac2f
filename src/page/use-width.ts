// How wide an element is.
import { useLayoutEffect, useState } from 'preact/hooks'

/** Of the element, in CSS pixels, as it changes. */
export function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    if (box.current === null) return
    const measure = () => setWidth(Math.floor(box.current?.clientWidth ?? 0))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [box])
  return width
}
