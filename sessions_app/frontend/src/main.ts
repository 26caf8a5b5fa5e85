import { InboxPage } from "./page/inbox_page.ts";
import { ListPage } from "./page/list_page.ts";
import { SessionPage } from "./page/session_page.ts";
import { Shell } from "./page/shell.ts";
import { StartForm } from "./view/form/start_form.ts";

const shell = new Shell();
const badge = document.querySelector<HTMLElement>(".badge");
const page = document.querySelector<HTMLElement>("[data-page]");
const start = document.querySelector<HTMLFormElement>("form.start");
const PAGES = { session: SessionPage, list: ListPage, inbox: InboxPage };

if (start) new StartForm(start, shell.keys);
const made = page && PAGES[page.dataset["page"] as keyof typeof PAGES];
if (badge && made) new made(page, badge, shell).start();
