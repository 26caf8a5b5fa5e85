import type { BranchState, MergeConflictedEvent, RemoteState, WorkdirChangesEvent } from "../protocol.ts";
import { plural } from "../view/format.ts";

export type Act = "merge" | "rebase" | "push" | "request";

const NO_WORKTREE = "The session works in a directory of yours, not in a worktree of its own.";

/** How the branch stands, in one line. */
export function standing({ branch = "", ship }: WorkdirChangesEvent): string {
  if (!ship) return "";
  const { onto = "", ahead = 0, behind = 0, uncommitted = 0 } = ship;
  const parts = [
    ahead ? `${ahead} ahead of ${onto}` : "",
    behind ? `${behind} behind${ahead ? "" : ` ${onto}`}` : "",
    uncommitted ? `${plural(uncommitted, "file")} not committed` : "",
    onto && !ahead && !behind ? `even with ${onto}` : "",
    branch,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** Why an act cannot be done now; "": it can. */
export function whyNot(act: Act, ship: BranchState): string {
  const { onto = "", ahead = 0, behind = 0, uncommitted = 0 } = ship;
  if (act === "push") return whyNoRemote(ship, ({ noPush = "" }) => noPush);
  if (act === "request") return whyNoRemote(ship, ({ noRequest = "" }) => noRequest);
  if (!onto) return NO_WORKTREE;
  if (act === "merge") return ahead ? "" : `${onto} has all commits of this branch.`;
  if (!behind) return `${onto} has nothing that this branch lacks.`;
  return uncommitted ? "Commit or discard first: a rebase wants all files committed." : "";
}

/** The remotes to which an act can go. */
export function remotesFor(act: Act, { remotes = [] }: BranchState): readonly RemoteState[] {
  return remotes.filter(({ noPush, noRequest }) => !(act === "request" ? noRequest : noPush));
}

function whyNoRemote({ remotes = [] }: BranchState, why: (remote: RemoteState) => string): string {
  const [first] = remotes;
  if (!first) return "The repository had no remote when the session began.";
  return remotes.some((remote) => why(remote) === "") ? "" : `${first.name}: ${why(first)}.`;
}

/** The conflict as a message to the agent, who can resolve it in its worktree. */
export function conflictMessage({ act = "merge", onto, subject = "", files = [], leftOut = 0 }: MergeConflictedEvent): string {
  const task =
    act === "merge"
      ? `Merge the branch \`${onto}\` into your branch, so that yours can be merged back.`
      : `Rebase your branch on \`${onto}\`.${subject ? ` The commit “${subject}” conflicts.` : ""}`;
  const rows = files.map(({ path, kind = "both_changed", binary }) => `- ${path}: ${binary ? "binary, " : ""}${kindWords(kind, onto)}`);
  const more = leftOut ? [`- and ${plural(leftOut, "more file")}`] : [];
  const wish = "Resolve each conflict so that both intents are kept, run what checks the result, and commit. Do not push.";
  return [task, "", "Git finds conflicts in:", ...rows, ...more, "", wish].join("\n");
}

/** What has happened to a file in conflict. */
export function kindWords(kind: string, onto: string): string {
  switch (kind) {
    case "both_added":
      return "added by both";
    case "deleted_there":
      return `deleted in ${onto}, changed here`;
    case "deleted_here":
      return `changed in ${onto}, deleted here`;
    case "both_changed":
      return "changed by both";
    default:
      return "a file and a directory, or renames, in each other's way";
  }
}
