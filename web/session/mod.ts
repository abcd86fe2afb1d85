/** Who is signed in, how requests are made in their name, and what the browser remembers. */
export * from "./api.ts";
export * from "./preferences.ts";
export * from "./session.ts";
