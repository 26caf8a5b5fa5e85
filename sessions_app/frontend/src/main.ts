import { keepOfflinePage } from "./browser/offline_page.ts";
import { TabFrame } from "./frame/tab_frame.ts";
import { addPush } from "./view/notification/push_bundle.ts";

new TabFrame();
keepOfflinePage();
void addPush();
