/**
 * The import list of the architecture, bottom first. A room may import itself and the rooms of lower lines: never one
 * of its own line, never one above.
 */
const lines = [
  ['libs/money/', 'libs/kernel/', 'libs/brazil/'],
  ['libs/providers/contract/'],
  ['libs/providers/(answer|http|settings|simulator|tokens)[.]'],
  ['libs/vault/', 'libs/providers/(?!contract/)[a-z0-9]+/'],
  ['libs/merchants/', 'libs/requests/', 'libs/ledger/', 'libs/outbox/', 'libs/providers/registry[.]'],
  ['libs/routing/'],
  ['libs/charges/'],
  ['libs/pix/', 'libs/bankslip/', 'libs/cards/', 'libs/statements/'],
  ['libs/inbox/', 'libs/webhooks/', 'libs/admin/'],
  // The list of the domains, which the processes load.
  ['libs/domains[.]'],
  // The one configuration of the ORM, over the entities of all domains.
  ['libs/database[.]'],
  ['apps/api/', 'apps/worker/', 'apps/tools/'],
  // The embedded start is the processes above in one.
  ['apps/local/'],
];

const rules = lines.flatMap((rooms, line) =>
  rooms.map((room) => {
    const above = lines.slice(line + 1).flat();
    const beside = rooms.filter((other) => other !== room);
    return {
      name: `down-only: ${room.replace('(?!contract/)[a-z0-9]+', '<name>')}`,
      comment: 'Imports run down the list of lines and never sideways.',
      severity: 'error',
      from: { path: `^${room}` },
      to: { path: [...beside, ...above].map((path) => `^${path}`) },
    };
  }),
);

const everyRoom = [...lines.flat(), 'apps/sandbox/'].map((path) => `^${path}`);

module.exports = {
  forbidden: [
    ...rules.filter((rule) => rule.to.path.length > 0),
    {
      name: 'every-room-has-a-line',
      comment: 'A folder that no line names would be free to import anything: give it its place in the list.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: everyRoom },
      to: {},
    },
    {
      name: 'sandbox-shares-nothing',
      comment: 'The simulated world would repeat our mistakes if it shared code with the adapters.',
      severity: 'error',
      from: { path: '^apps/sandbox/' },
      to: { path: '^(apps|libs|test)/', pathNot: '^(apps/sandbox|libs/kernel|libs/brazil)/' },
    },
    {
      name: 'sandbox-is-outside',
      comment: 'Only the embedded start, which begins it, may know the sandbox.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^apps/(sandbox|local)/' },
      to: { path: '^apps/sandbox/' },
    },
    {
      name: 'adapters-never-one-another',
      severity: 'error',
      from: { path: '^libs/providers/([^/]+)/', pathNot: '^libs/providers/contract/' },
      to: { path: '^libs/providers/[^/]+/', pathNot: ['^libs/providers/$1/', '^libs/providers/contract/'] },
    },
    {
      name: 'adapters-by-the-registry-alone',
      comment: 'Whoever wants a provider asks the registry for it.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/providers/(registry[.]|[^/]+/)|[.]spec[.]ts$' },
      to: { path: '^libs/providers/[^/]+/', pathNot: '^libs/providers/contract/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '[.]spec[.]ts$|^apps/[^/]+/main[.]ts$' },
      to: {},
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '[.]spec[.]ts$' },
      to: { path: '^test/|[.]spec[.]ts$' },
    },
    { name: 'resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-package-in-production',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '[.]spec[.]ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['^dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
