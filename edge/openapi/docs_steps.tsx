/** The first requests of somebody who has never used the API, to copy into a shell. */
import { Code, Prose } from "./docs_text.tsx";

const JSON_BODY = '-H "Content-Type: application/json"';
const BEARER = '-H "Authorization: Bearer $TOKEN"';

const STEPS: readonly (readonly [words: string, command: string])[] = [
  [
    "Create an account. The answer holds an access token, good for some minutes, and a refresh token for " +
    "the next one.",
    `TOKEN=$(curl -s "$API/api/v1/auth/register" ${JSON_BODY} \\
  -d '{"username":"ana","password":"correct horse battery"}' | jq -r .access_token)`,
  ],
  [
    "Create a group, which you own. Others join it by `addMember`.",
    `GROUP=$(curl -s "$API/api/v1/groups" ${BEARER} ${JSON_BODY} \\
  -d '{"name":"Launch party"}' | jq -r .group_id)`,
  ],
  [
    "Follow the group: first a snapshot comes, then every commit, for as long as you listen.",
    `curl -N "$API/events?group_id=$GROUP" ${BEARER} &`,
  ],
  [
    "Send a command. It is answered with its events once the log has stored them, and the stream above " +
    "shows the same. With an `Idempotency-Key` it takes effect once, however often it is sent.",
    `curl "$API/api/v1/command" ${BEARER} ${JSON_BODY} \\
  -H "Idempotency-Key: my first todo" \\
  -d '{"type":"todo.create","group_id":"'$GROUP'","payload":{"title":"Order flowers"}}'`,
  ],
  [
    "Read what is there. Reads show what you have written yourself.",
    `curl "$API/api/v1/todos?group_id=$GROUP" ${BEARER}`,
  ],
];

export function FirstSteps() {
  return (
    <section aria-label="First steps" class="docs-steps">
      <h2 class="docs-section">First steps</h2>
      <p>Say where the API is:</p>
      <pre tabIndex={0}>
        API=<span data-origin>http://127.0.0.1:8080</span>
      </pre>
      <ol>
        {STEPS.map(([words, command]) => (
          <li key={words}>
            <p>
              <Prose text={words} />
            </p>
            <Code text={command} />
          </li>
        ))}
      </ol>
    </section>
  );
}
