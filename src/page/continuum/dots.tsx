// The dots: one loop of animation frames while any travel, and none where the system asks for less motion. They are
// drawn past Preact, sixty times a second.
import { useEffect, useRef } from 'preact/hooks'
import type { WatchedTier, WatchImages } from '../../domain/watch.ts'
import type { OnImages } from '../use-watching.ts'
import { flightOf, positionOf, withFlights, type Flight } from './flights.ts'
import type { Layout } from './layout.ts'

interface DotsProps {
  readonly listen: (onImages: OnImages) => () => void
  readonly tiers: readonly WatchedTier[]
  readonly layout: Layout
}

export function Dots({ listen, tiers, layout }: DotsProps) {
  const group = useRef<SVGGElement>(null)
  const picture = useRef({ tiers, layout })
  picture.current = { tiers, layout }
  const fly = useRef<ReturnType<typeof dotsIn>>(undefined)
  useEffect(() => {
    if (group.current === null) return undefined
    const dots = dotsIn(group.current)
    fly.current = dots
    const unlisten = listen((images) => dots.start(images, picture.current))
    return () => {
      unlisten()
      dots.stop()
    }
  }, [listen])
  // What flew over the old places has nowhere to go.
  useEffect(() => fly.current?.clear(), [layout])
  return <g ref={group} class="dots" />
}

const lessMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches

function dotsIn(group: SVGGElement) {
  const drawn = new Map<number, SVGCircleElement>()
  let flights: readonly Flight[] = []
  let frame: number | undefined
  const draw = (now: number) => {
    flights = withFlights(flights, [], now)
    const under = new Set(flights.map(({ number }) => number))
    for (const [number, circle] of drawn) {
      if (under.has(number)) continue
      circle.remove()
      drawn.delete(number)
    }
    for (const flight of flights) place(flight, now)
    frame = flights.length === 0 ? undefined : requestAnimationFrame(draw)
  }
  const place = (flight: Flight, now: number) => {
    const at = positionOf(flight, now)
    if (at === undefined) return
    let circle = drawn.get(flight.number)
    if (circle === undefined) {
      circle = document.createElementNS('http://www.w3.org/2000/svg', 'circle')
      circle.setAttribute('r', '5')
      circle.setAttribute('class', dotClass(flight))
      group.append(circle)
      drawn.set(flight.number, circle)
    }
    circle.setAttribute('transform', `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`)
  }
  return {
    start(images: WatchImages, { tiers, layout }: Pick<DotsProps, 'tiers' | 'layout'>) {
      if (lessMotion() || document.hidden) return
      const now = performance.now()
      const started = images
        .map((image) => flightOf(image, tiers, layout, now))
        .filter((flight) => flight !== undefined)
      flights = withFlights(flights, started, now)
      frame ??= requestAnimationFrame(draw)
    },
    /** Those under way are gone with the next frame. */
    clear() {
      flights = []
    },
    stop() {
      if (frame !== undefined) cancelAnimationFrame(frame)
      frame = undefined
    },
  }
}

function dotClass({ exit, isFallback }: Flight): string {
  if (exit === undefined) return 'dot unanswered'
  return `dot exit-${exit % 8}${isFallback ? ' fallback' : ''}`
}
