// The last images as cards. New ones wait while somebody looks: with the pointer or the keyboard among them, or paused.
import { useEffect, useState } from 'preact/hooks'
import type { OnImages } from '../use-watching.ts'
import { Card } from './card.tsx'
import { useGallery } from './use-gallery.ts'

interface ImagesProps {
  readonly listen: (onImages: OnImages) => () => void
  readonly labels: readonly string[] | undefined
  /** Another one, or one that was started anew, counts its images from 1 again. */
  readonly process: string
}

export function Images({ listen, labels, process }: ImagesProps) {
  const [isPaused, setPaused] = useState(false)
  const [isLooking, setLooking] = useState(false)
  const [onlyFaulty, setOnlyFaulty] = useState(false)
  const isHeld = isPaused || isLooking
  const gallery = useGallery({ listen, process, isHeld })
  // Cards that go take the keyboard's focus with them, which not every browser tells.
  useEffect(() => setLooking(false), [process])
  const shown = onlyFaulty ? gallery.faulty : gallery.last
  return (
    <section class="panel images" aria-labelledby="images-title">
      <h2 id="images-title">
        Last images
        <span class="aside">{isHeld ? 'held' : 'a sample'}</span>
      </h2>
      <div class="tools">
        <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          Pause
        </button>
        <label>
          <input
            type="checkbox"
            checked={onlyFaulty}
            onChange={({ currentTarget }) => setOnlyFaulty(currentTarget.checked)}
          />{' '}
          Wrong, fallback or no answer only
        </label>
      </div>
      {shown.length === 0 && (
        <p class="quiet">
          {onlyFaulty ? 'None so far.' : 'None yet: they appear as they are answered.'}
        </p>
      )}
      <ul
        class="cards"
        onMouseEnter={() => setLooking(true)}
        onMouseLeave={({ currentTarget }) =>
          setLooking(currentTarget.contains(document.activeElement))
        }
        onFocusIn={() => setLooking(true)}
        onFocusOut={({ currentTarget, relatedTarget }) =>
          setLooking(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))
        }
      >
        {shown.map((image) => (
          <Card key={image.number} image={image} labels={labels} />
        ))}
      </ul>
    </section>
  )
}
