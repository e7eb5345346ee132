/** The pages that navigation leads to. */
import { IconLayoutDashboard, IconPhoto, IconSettings, IconWand } from "@tabler/icons-react";
import { text } from "../text";

export const pages = [
  { to: "/", label: text.nav.dashboard, Icon: IconLayoutDashboard, exact: true },
  { to: "/generate", label: text.nav.generate, Icon: IconWand, exact: false },
  { to: "/gallery", label: text.nav.gallery, Icon: IconPhoto, exact: false },
] as const;

export const settingsPage = {
  to: "/settings",
  label: text.nav.settings,
  Icon: IconSettings,
  exact: false,
} as const;
