import { text } from "../../text";
import { AccountSection } from "./AccountSection";
import classes from "./SettingsPage.module.css";
import { ThemeChoice } from "./ThemeChoice";
import { TokensSection } from "./TokensSection";

export function SettingsPage() {
  return (
    <div className={classes.page}>
      <h1>{text.settings.title}</h1>
      <section className={classes.section} aria-labelledby="account">
        <h2 id="account">{text.settings.account}</h2>
        <AccountSection />
      </section>
      <section className={classes.section} aria-labelledby="theme">
        <h2 id="theme">{text.settings.theme}</h2>
        <ThemeChoice />
      </section>
      <section className={classes.section} aria-labelledby="tokens">
        <div>
          <h2 id="tokens">{text.settings.tokens}</h2>
          <p className={classes.help}>{text.settings.tokensHelp}</p>
        </div>
        <TokensSection />
      </section>
      <section className={classes.section} aria-labelledby="interface">
        <div>
          <h2 id="interface">{text.settings.interface}</h2>
          <p className={classes.help}>{text.settings.interfaceHelp}</p>
        </div>
        <div>
          <a href="/docs" className={classes.docs}>
            {text.settings.docs}
          </a>
        </div>
      </section>
    </div>
  );
}
