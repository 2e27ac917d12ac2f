// fast-check with one seed for all property tests, so that a run is the same twice. Another one, to look further:
// DDNN_TEST_SEED=7 npm test.
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env['DDNN_TEST_SEED'] ?? 20261129) })

export { fc }
