/** The passwords that are tried first by who guesses: the 49,000 most used ones of known breaches. */

let known: Promise<ReadonlySet<string>> | undefined;

/** Whether `password` is one of the most used ones, in capitals or not. Reads the list at its first use. */
export async function isCommonPassword(password: string): Promise<boolean> {
  return (await (known ??= read())).has(password.toLowerCase());
}

/** The list takes a tenth of a second and 25 MB, which a process that creates no accounts does not need. */
async function read(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"]);
}
