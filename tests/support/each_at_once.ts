/** Does `action` for every item, `atOnce` at a time. */
export async function eachAtOnce<T>(
  items: readonly T[],
  action: (item: T, index: number) => Promise<void>,
  atOnce = 64,
): Promise<void> {
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) await action(item, index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
