import { IconX } from "@tabler/icons-react";
import type { ContentView } from "../../api/schema";
import { text } from "../../text";
import { commonTags } from "./commonTags";
import classes from "./TagFilter.module.css";

interface Props {
  chosen: readonly string[];
  items: readonly ContentView[];
  onAdd: (tag: string) => void;
  onRemove: (tag: string) => void;
}

/** The chosen tags, then those that would narrow it further. */
export function TagFilter({ chosen, items, onAdd, onRemove }: Props) {
  const offered = commonTags(items, chosen);
  if (chosen.length + offered.length === 0) return null;
  return (
    <ul className={classes.tags} aria-label={text.gallery.tags}>
      {chosen.map((tag) => (
        <li key={tag}>
          <button
            type="button"
            className={classes.tag}
            data-chosen
            aria-label={text.gallery.withoutTag(tag)}
            onClick={() => onRemove(tag)}
          >
            <span className={classes.words}>{tag}</span>
            <IconX size={13} aria-hidden />
          </button>
        </li>
      ))}
      {offered.map((tag) => (
        <li key={tag}>
          <button
            type="button"
            className={classes.tag}
            aria-label={text.gallery.withTag(tag)}
            onClick={() => onAdd(tag)}
          >
            <span className={classes.words}>{tag}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
