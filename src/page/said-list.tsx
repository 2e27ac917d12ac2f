// What changed, newest last; a log that screen readers speak as it grows.
import type { Said } from './watching.ts'

const clock = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' })

export function SaidList({ said }: { readonly said: readonly Said[] }) {
  return (
    <div class="said" role="log" aria-label="What changed">
      <ol>
        {said.map(({ number, sentence, at }) => (
          <li key={number}>
            <time dateTime={at.toISOString()}>{clock.format(at)}</time> {sentence}
          </li>
        ))}
      </ol>
    </div>
  )
}
