import { Link } from "@tanstack/react-router";
import { text } from "../text";
import { pages, settingsPage } from "./pages";
import classes from "./TabBar.module.css";

/** Navigation on narrow screens, where a thumb reaches it. */
export function TabBar() {
  return (
    <nav className={classes.bar} aria-label={text.nav.main}>
      {[...pages, settingsPage].map(({ to, label, Icon, exact }) => (
        <Link key={to} to={to} className={classes.tab} activeOptions={{ exact }}>
          <Icon size={21} stroke={1.75} aria-hidden />
          {label}
        </Link>
      ))}
    </nav>
  );
}
