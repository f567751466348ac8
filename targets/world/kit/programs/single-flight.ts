/** Callers that want the same thing at the same time share one load of it: an empty cache does not flood its origin. */
export function singleFlight<K, V>(load: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const underWay = new Map<K, Promise<V>>();
  return (key) => {
    const shared = underWay.get(key);
    if (shared) return shared;
    const own = load(key).finally(() => underWay.delete(key));
    underWay.set(key, own);
    return own;
  };
}
