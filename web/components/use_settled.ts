/** Waits for a value to come to rest: what is told to people is not told with every key they press. */
import { useEffect, useState } from "preact/hooks";

/** The last `value` that has stood for `ms` milliseconds; the first one counts at once. */
export function useSettled<T extends string>(value: T, ms: number): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    if (value === settled) return;
    const timer = setTimeout(() => settle(value), ms);
    return () => clearTimeout(timer);
  }, [value, settled, ms]);
  return settled;
}
