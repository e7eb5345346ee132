import { Link } from "@tanstack/react-router";
import { text } from "../text";
import classes from "./GenerateTabs.module.css";

/** The two sides of image generation: two pages, so two links. */
export function GenerateTabs() {
  return (
    <nav className={classes.tabs} aria-label={text.generateTabs.label}>
      <Link to="/generate" className={classes.tab} activeOptions={{ exact: true }}>
        {text.generateTabs.create}
      </Link>
      <Link to="/generate/history" className={classes.tab} activeOptions={{ includeSearch: false }}>
        {text.generateTabs.history}
      </Link>
    </nav>
  );
}
