/** Postgres behind a {@link Dependency}: each statement and each transaction is bounded, nothing else is. */
import type { Sql } from "../../actors/platform/mod.ts";
import { storeFaultOf } from "../http/mod.ts";
import type { Dependency, RunOptions } from "./dependency.ts";

/**
 * `sql`, of which each statement and each transaction ends within the deadline of `bounds`, and is not tried while
 * `store` is away. One that is given up may still take effect. Fragments are statements that are never
 * awaited, and stay what they are; what is awaited inside a transaction is bounded by its end. A transaction
 * that met others and was rolled back for it is run once more, within the same deadline.
 */
export function guardedSql(store: Dependency, sql: Sql, bounds: RunOptions): Sql {
  const begin = (...parameters: unknown[]) =>
    store.run(
      () => twice(() => Reflect.apply(sql.begin, sql, parameters) as Promise<unknown>),
      bounds,
    );
  const unsafe = (...parameters: unknown[]) =>
    bounded(Reflect.apply(sql.unsafe, sql, parameters) as Promise<unknown>, store, bounds);
  return new Proxy(sql, {
    apply(target, self, parameters) {
      const made: unknown = Reflect.apply(target, self, parameters);
      return made instanceof Promise ? bounded(made, store, bounds) : made;
    },
    get(target, name) {
      if (name === "begin") return begin;
      return name === "unsafe" ? unsafe : Reflect.get(target, name);
    },
  });
}

/** Runs `transaction`, and again if it was rolled back because of what others did at the same time. */
async function twice(transaction: () => Promise<unknown>): Promise<unknown> {
  try {
    return await transaction();
  } catch (error) {
    if (storeFaultOf(error) !== "contended") throw error;
    return await transaction();
  }
}

/** The same statement, which begins when it is awaited, as ever. */
function bounded(
  statement: Promise<unknown>,
  store: Dependency,
  bounds: RunOptions,
): Promise<unknown> {
  const run = statement.then.bind(statement);
  const then: typeof statement.then = (fulfilled, rejected) =>
    store.run(() => new Promise((resolve, reject) => void run(resolve, reject)), bounds)
      .then(fulfilled, rejected);
  return Object.assign(statement, { then });
}
