/** What finds and tells, loaded when it is first asked for. */
export { HelpDialog } from "./help_dialog.ts";
export { Palette } from "./palette.ts";
