// One image: what was answered, where it left and how sure, right or wrong; its way when it is opened.
import type { WatchedImage } from '../../domain/watch.ts'
import { durationText, valueText } from '../numbers.ts'
import { labelText } from '../tiers.ts'
import { isRight } from './gallery.ts'
import { Hops } from './hops.tsx'

interface CardProps {
  readonly image: WatchedImage
  readonly labels: readonly string[] | undefined
}

export function Card({ image, labels }: CardProps) {
  const { exit, confidence, prediction, label, problem, isFallback } = image
  const right = isRight(image)
  const truth = label === undefined ? undefined : labelText(labels, label)
  const answer = prediction === undefined ? 'no answer' : labelText(labels, prediction)
  const kind = problem !== undefined ? 'failed' : right === false ? 'wrong' : right ? 'right' : ''
  return (
    <li class={`card ${kind} ${exit === undefined ? '' : `exit-${exit % 8}`}`}>
      <details>
        <summary>
          <Thumbnail image={image} />
          <span class="answer">
            {right !== undefined && <Verdict isRight={right} />}
            {answer}
          </span>
          <Where image={image} />
          <span class="numbers">
            {confidence !== undefined && (
              <span>
                <span class="unseen">confidence </span>
                {valueText(confidence)}
              </span>
            )}
            <span>{durationText(image.totalMs)}</span>
          </span>
          {isFallback && <span class="badge">fallback</span>}
        </summary>
        <div class="way">
          <p>
            {right === false && <strong>It is {truth}. </strong>}
            {problem !== undefined && <strong>{problem.message}. </strong>}
            <span class="id">{image.id}</span>
          </p>
          <Hops hops={image.hops} />
        </div>
      </details>
    </li>
  )
}

function Where({ image: { exit, tier, problem } }: Pick<CardProps, 'image'>) {
  return (
    <span class="where">
      {exit !== undefined && (
        <>
          <span class="swatch" aria-hidden="true" />
          <span class="unseen">left at </span>exit {exit}
          {tier !== undefined && <span class="tier-name"> · {tier}</span>}
        </>
      )}
      {problem !== undefined && <span class="code">{problem.code}</span>}
    </span>
  )
}

function Verdict({ isRight }: { readonly isRight: boolean }) {
  return (
    <span class="verdict">
      <span aria-hidden="true">{isRight ? '✓' : '✗'}</span>
      <span class="unseen">{isRight ? 'right: ' : 'wrong: '}</span>
    </span>
  )
}

function Thumbnail({ image: { thumbnail, exit } }: { readonly image: WatchedImage }) {
  return thumbnail === undefined ? (
    <span class="thumbnail none" aria-hidden="true">
      {exit ?? '?'}
    </span>
  ) : (
    <img class="thumbnail" src={thumbnail} alt="" width="96" height="96" />
  )
}
