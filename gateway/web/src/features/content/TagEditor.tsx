import { IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { text } from "../../text";
import panel from "./SidePanel.module.css";
import classes from "./TagEditor.module.css";
import { tagsIn } from "./tagsIn";

const LONGEST = 100; // that the server takes

interface Props {
  tags: readonly string[];
  onChange: (tags: string[]) => void;
}

export function TagEditor({ tags, onChange }: Props) {
  const [draft, setDraft] = useState("");
  const add = () => {
    const added = tagsIn(draft).filter((tag) => !tags.includes(tag));
    setDraft("");
    if (added.length > 0) onChange([...tags, ...added]);
  };
  return (
    <section>
      <h2 className={panel.heading}>{text.content.tags}</h2>
      <ul className={classes.tags}>
        {tags.map((tag) => (
          <li key={tag} className={classes.tag}>
            <Link
              to="/gallery"
              search={{ tag: [tag] }}
              className={classes.link}
              aria-label={text.content.imagesWithTag(tag)}
            >
              {tag}
            </Link>
            <button
              type="button"
              className={classes.remove}
              aria-label={text.content.removeTag(tag)}
              onClick={() => onChange(tags.filter((one) => one !== tag))}
            >
              <IconX size={13} aria-hidden />
            </button>
          </li>
        ))}
        <li className={classes.add}>
          <input
            className={classes.input}
            aria-label={text.content.addTag}
            placeholder={text.content.addTag}
            maxLength={LONGEST}
            value={draft}
            onChange={(event) => setDraft(event.currentTarget.value)}
            onBlur={add}
            onKeyDown={(event) => {
              if (event.key === "Escape") setDraft("");
              if (event.key !== "Enter" && event.key !== ",") return;
              event.preventDefault();
              add();
            }}
          />
        </li>
      </ul>
    </section>
  );
}
