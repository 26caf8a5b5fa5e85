import { ListPage } from "./page/list_page.ts";
import { SessionPage } from "./page/session_page.ts";

const badge = document.querySelector<HTMLElement>(".badge");
const session = document.querySelector<HTMLElement>("[data-page=session]");
const list = document.querySelector<HTMLElement>("[data-page=list]");

if (badge && session) new SessionPage(session, badge).start();
else if (badge && list) new ListPage(list, badge).start();
