// Type-checked rules everywhere; the few exceptions say why they stand.
import tseslint from 'typescript-eslint'

const unwanted = [
  { selector: 'ExportDefaultDeclaration', message: 'Name what is exported.' },
  { selector: 'TSEnumDeclaration', message: 'Use a const tuple and a union.' },
]

export default tseslint.config(
  { ignores: ['dist', 'build', 'node_modules', '.cache', 'docs'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        // node:test registers a test and returns a promise that the runner itself awaits.
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': ['error', ...unwanted],
    },
  },
  {
    // In the browser: types of its own.
    files: ['src/page/**'],
    languageOptions: {
      parserOptions: { project: './tsconfig.page.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    // Where lists are as long as a folder has files or a bench requests.
    files: [
      'src/input/**',
      'src/serving/classify/**',
      'src/lab/training/data-set.ts',
      'src/lab/bench/load/**',
      'src/lab/bench/plan-check/**',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...unwanted,
        {
          selector: 'CallExpression[callee.property.name=/^(push|unshift)$/] > SpreadElement',
          message: 'Push one by one: a call takes no more arguments than fit its stack.',
        },
      ],
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/files/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        ...['fs', 'fs/promises', 'node:fs', 'node:fs/promises'].map((name) => ({
          name,
          importNames: ['mkdir', 'mkdirSync'],
          message:
            'Take makeFolder of src/files/make-folder.ts: recursive mkdir never ends below /proc.',
        })),
      ],
    },
  },
  {
    files: ['test/**'],
    ignores: ['test/helpers/property.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          name: 'fast-check',
          message: 'Take fc of test/helpers/property.ts, whose seed is fixed.',
        },
      ],
    },
  },
)
