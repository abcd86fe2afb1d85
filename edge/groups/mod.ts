/** Groups and members over HTTP. */
export { groupRoutes } from "./routes.ts";
