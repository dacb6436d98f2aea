import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const environmentOnlyInConfig = {
  object: 'process',
  property: 'env',
  message: 'Read the environment in config.ts only, through @tradewind/shared/config.',
};

export default defineConfig(
  globalIgnores(['**/node_modules', 'proto/gen', '.local', 'coverage']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-properties': ['error', environmentOnlyInConfig],
    },
  },
  {
    files: ['services/*/src/domain/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['mongodb', 'nats', 'ioredis', '@grpc/*', 'fastify', '**/outbound/**', '**/inbound/**'],
              message: 'The domain imports nothing outward.',
            },
          ],
        },
      ],
    },
  },
  {
    files: [
      '**/config.ts',
      '**/shared/src/config/**',
      '**/*.config.ts',
      'services/local/src/**',
      '**/*.test.ts',
      'e2e/**',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
);
