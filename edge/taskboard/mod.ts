/** What Taskboard's clients call: the same groups and todos under numbers. */
export { taskboardRoutes } from "./routes.ts";
