// Where the token is typed, or forgotten.
import { useState } from 'preact/hooks'

interface TokenFieldProps {
  readonly token: string | undefined
  /** Why the process did not take the last one. */
  readonly refused: string | undefined
  readonly onToken: (token: string | undefined) => void
}

export function TokenField({ token, refused, onToken }: TokenFieldProps) {
  const [typed, setTyped] = useState('')
  if (token !== undefined) {
    return (
      <p class="quiet token">
        You may turn them: this tab has the token.{' '}
        <button type="button" onClick={() => onToken(undefined)}>
          Forget the token
        </button>
      </p>
    )
  }
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault()
        if (typed.trim() !== '') onToken(typed.trim())
        setTyped('')
      }}
    >
      <p class="quiet">
        To turn them, give a token here (of <code>--page-token-file</code>;{' '}
        <code>ddnn demo --watch</code> prints an address that has it).
      </p>
      <label>
        Token{' '}
        <input
          type="password"
          autocomplete="off"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          aria-describedby={refused === undefined ? undefined : 'token-refused'}
        />
      </label>{' '}
      <button type="submit">Use it</button>
      {refused !== undefined && (
        <p id="token-refused" class="problem" role="alert">
          {refused}
        </p>
      )}
    </form>
  )
}
