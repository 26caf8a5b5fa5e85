import { TabFrame } from "./frame/tab_frame.ts";

new TabFrame();
