/** What tests of other folders need of this one's insides. */
export { Accounts } from "../accounts.ts";
export { type Grant, RefreshTokens } from "../refresh_tokens.ts";
export { releaseNames } from "../reserved_names.ts";
