import { text } from "../../text";
import { CopyButton } from "../../ui/CopyButton";
import classes from "./PromptText.module.css";
import panel from "./SidePanel.module.css";

interface Props {
  label: string;
  copyLabel: string;
  words: string;
}

export function PromptText({ label, copyLabel, words }: Props) {
  return (
    <section>
      <div className={panel.heading}>
        <h2 className={classes.label}>{label}</h2>
        {words !== "" && <CopyButton value={words} label={copyLabel} />}
      </div>
      <p className={classes.words}>{words || text.content.noPrompt}</p>
    </section>
  );
}
