/**
 * A statement that is put together from parts: text that the code has written, and values, which are never
 * part of the text. Pure.
 */

export class SqlText {
  readonly values: (string | number)[] = [];

  /** The placeholder of `value`, as Postgres's type `type`. */
  value(value: string | number, type: "text" | "int" | "float4" | "timestamptz"): string {
    return `$${this.values.push(value)}::${type}`;
  }

  /** A list of placeholders of texts, in parentheses; one at least. */
  texts(values: readonly string[]): string {
    return `(${values.map((value) => this.value(value, "text")).join(", ")})`;
  }
}
