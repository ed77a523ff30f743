import config from './jest.config.js';

// The real installation: separate processes on Debian's PostgreSQL and Redis. Not a part of `npm test`, which needs
// neither; it starts everything by itself.
const [unit] = config.projects;
export default {
  ...config,
  maxWorkers: 1,
  projects: [{ ...unit, displayName: 'install', testMatch: ['<rootDir>/test/install/*.spec.ts'] }],
};
