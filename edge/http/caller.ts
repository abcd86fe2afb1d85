/** Who sends a request, once its access token has been verified. */
export interface Caller {
  readonly userId: string;
  readonly username: string;
  readonly sessionId: string;
  /** When the token expires, in seconds since the Unix epoch. */
  readonly expiresAt: number;
}

/**
 * Finds out who sends a request; at once when its token is known, else as a promise.
 *
 * @throws {ProblemError} `unauthenticated` or `token-expired`
 */
export type Authenticate = (request: Request) => Caller | Promise<Caller>;
