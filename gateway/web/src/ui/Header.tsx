import { ActionIcon, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { text } from "../text";
import classes from "./Header.module.css";
import { Logo } from "./Logo";
import { pages, settingsPage } from "./pages";
import { QueueButton } from "./QueueButton";
import { ThemeButton } from "./ThemeButton";

export function Header() {
  return (
    <header className={classes.header}>
      <div className={classes.inner}>
        <Link to="/" className={classes.name}>
          <Logo />
          {text.name}
        </Link>
        <nav className={classes.nav} aria-label={text.nav.main}>
          {pages.map(({ to, label, Icon, exact }) => (
            <Link key={to} to={to} className={classes.link} activeOptions={{ exact }}>
              <Icon size={18} stroke={1.75} aria-hidden />
              {label}
            </Link>
          ))}
        </nav>
        <div className={classes.tools}>
          <QueueButton />
          <ThemeButton />
          <Tooltip label={settingsPage.label}>
            <ActionIcon
              className={classes.wideOnly}
              component={Link}
              to={settingsPage.to}
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={settingsPage.label}
            >
              <settingsPage.Icon size={19} stroke={1.75} />
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
    </header>
  );
}
