/** What few sessions need of the page, loaded for the first that does. */
export { CommandPalette } from "./command_palette.ts";
export { QuestionForm } from "./question_form.ts";
export { SettingsBar } from "./settings_bar.ts";
