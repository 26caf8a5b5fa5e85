import { keepOfflinePage } from "./browser/offline_page.ts";
import { TabFrame } from "./frame/tab_frame.ts";

new TabFrame();
keepOfflinePage();
