/**
 * The API about itself: what each route does, the documents made of that and of the schemas that check
 * requests, and the page that shows them.
 */
export { documented } from "./documented.ts";
export { withDescription } from "./routes.ts";
