import { keepOfflinePage } from "./browser/offline_page.ts";
import { addPush } from "./frame/push_bundle.ts";
import { TabFrame } from "./frame/tab_frame.ts";

new TabFrame();
keepOfflinePage();
void addPush();
