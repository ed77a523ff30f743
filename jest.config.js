// TypeScript is stripped by swc as the build does it: legacy decorators with their metadata, class names kept.
const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleFileExtensions: ['js', 'ts', 'json', 'node'],
  moduleNameMapper: {
    '^@(libs|apps|test|migrations)/(.*)\\.js$': '<rootDir>/$1/$2',
    '^(\\.\\.?/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/\\.data', '<rootDir>/\\.demo'],
  setupFiles: ['<rootDir>/test/support/realm.ts'],
};

// What the tests start, and that is some hundred processes, is compiled once: Node keeps it here.
process.env.NODE_COMPILE_CACHE ??= `${import.meta.dirname}/node_modules/.cache/node`;

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/libs/**/*.spec.ts', '<rootDir>/apps/**/*.spec.ts', '<rootDir>/test/*.spec.ts'],
    },
    {
      ...common,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/{contract,medium,flows}/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/setup.ts',
      globalTeardown: '<rootDir>/test/support/teardown.ts',
    },
  ],
  // A bound for what hangs, not a measure: a machine busy with other work may be ten times as slow.
  testTimeout: 120_000,
  // More than the two cores that the suite is made for: a file often waits for the platform that it has started.
  maxWorkers: 4,
  workerIdleMemoryLimit: '1GB',
  reporters: ['default', '<rootDir>/test/support/reporter.js'],
};
