/** Concurrent loads of the same key share one call, so that an empty cache does not flood its origin. */
export function singleFlight<K, V>(load: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const inFlight = new Map<K, Promise<V>>();
  return (key) => {
    const shared = inFlight.get(key);
    if (shared) return shared;
    const own = load(key).finally(() => inFlight.delete(key));
    inFlight.set(key, own);
    return own;
  };
}
