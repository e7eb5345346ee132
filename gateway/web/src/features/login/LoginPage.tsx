import { useLocation, useSearch } from "@tanstack/react-router";
import { text } from "../../text";
import { Logo } from "../../ui/Logo";
import { LoginForm } from "./LoginForm";
import classes from "./LoginPage.module.css";
import { nextAddress } from "./nextAddress";

export function LoginPage() {
  const { next } = useSearch({ from: "/login" });
  const isLinkRefused = useLocation({ select: ({ hash }) => hash === "refused" });
  // A whole new page: nothing of whoever was here before is left in memory.
  const leave = () => location.replace(nextAddress(next, location.origin));
  return (
    <main className={classes.page}>
      <div>
        <h1 className={classes.title}>
          <Logo />
          {text.login.title}
        </h1>
        <LoginForm isLinkRefused={isLinkRefused} onSignedIn={leave} />
        <section className={classes.help}>
          <h2>{text.login.helpTitle}</h2>
          <p>{text.login.helpLink}</p>
          <p>{text.login.helpToken}</p>
          <pre className={classes.command} tabIndex={0}>
            {text.login.command}
          </pre>
          <p>{text.login.helpCommand}</p>
          <p>{text.login.helpSettings}</p>
        </section>
      </div>
    </main>
  );
}
