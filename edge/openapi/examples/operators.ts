/** What operators see of a small cluster: two hosts, one of which has just taken a block over. */
import { groupSubject } from "../../../actors/protocol/routing/mod.ts";
import { AT, GROUP, IDS } from "./values.ts";

const host = {
  started_at: AT.joined,
  code_version: "1",
  state: "live",
  silent_ms: 180,
  actor_bytes: 4_194_304,
  commands_per_second: 12.5,
};

export const CLUSTER = {
  at: AT.now,
  hosts: [
    {
      host_id: IDS.host,
      name: "group-host-0",
      ...host,
      blocks: 33,
      resident_actors: 512,
      commands: 88_102,
      takeovers: { dead: 1, handed: 0 },
    },
    {
      host_id: IDS.later,
      name: "group-host-1",
      ...host,
      blocks: 31,
      resident_actors: 498,
      commands: 90_417,
      takeovers: { dead: 0, handed: 31 },
    },
  ],
  blocks: [{
    block: 0,
    partitions: [0, 15],
    owners: [IDS.host],
    cursor: 104_211,
    cursor_lag: 3,
    pending: 1,
  }],
  mailboxes: [{ stream: "CMD-0", pending: 1, cursor_lag: 3 }],
  streams: [{
    name: "EV-0",
    messages: 178_519,
    bytes: 201_326_592,
    first_sequence: 1,
    last_sequence: 178_519,
  }],
  totals: {
    commands_per_second: 25,
    resident_actors: 1_010,
    pending: 1,
    mailbox_messages: 3,
    log_messages: 178_519,
    dead_letters: 1,
    unowned_blocks: 0,
    contested_blocks: 0,
  },
};

export const JOB = {
  job_id: "5b0c9d0e-7f3a-4c52-9a55-0f3d2c1b4a69",
  kind: "rebuild",
  state: "running",
  cancel_requested: false,
  requested_at: AT.joined,
  started_at: AT.now,
  progress: {
    phase: "loading",
    messages_done: 96_000,
    messages_total: 178_519,
    events_done: 96_412,
    events_per_second: 14_200,
    seconds_left: 6,
  },
};

export const LETTER = {
  sequence: 19,
  recorded_at: AT.now,
  subject: groupSubject("command", GROUP),
  stream: "CMD-0",
  stream_sequence: 104_209,
  reason: "Cannot read properties of undefined",
  at: "actors/group/decide.ts:48:12",
  tries: 1,
  process: "group-host",
  code_version: "1",
  size_bytes: 221,
  truncated: false,
  headers: { traceparent: `00-${IDS.trace}-00f067aa0ba902b7-00` },
};
