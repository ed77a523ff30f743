/** Ends what `setup.ts` began, in the same process. */
export default async function teardown(): Promise<void> {
  await globalThis.endTestDatabase?.();
}
