import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { ContentDetail } from "../../api/schema";
import { text } from "../../text";
import { Mark } from "../../ui/Mark";
import { isSimulated } from "../../ui/simulated";
import classes from "./TitleEditor.module.css";

const LONGEST = 500; // that the server takes

interface Props {
  item: ContentDetail;
  onChange: (title: string) => void;
}

export function TitleEditor({ item, onChange }: Props) {
  const [draft, setDraft] = useState<string | null>(null); // null: it is not being changed
  const pencil = useRef<HTMLButtonElement>(null);
  const name = text.content.image(item.id);
  const title = item.title === item.prompt ? "" : item.title; // the prompt is shown anyway
  const save = () => {
    setDraft(null);
    if (draft !== null && draft.trim() !== title) onChange(draft.trim());
  };
  const leave = (how: () => void) => {
    flushSync(how); // so that what had the focus before is there again
    pencil.current?.focus();
  };
  if (draft !== null) {
    return (
      <TextInput
        autoFocus
        aria-label={text.content.title}
        placeholder={name}
        maxLength={LONGEST}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault(); // or Enter would press the pencil at once
          leave(event.key === "Enter" ? save : () => setDraft(null));
        }}
      />
    );
  }
  return (
    <div>
      <div className={classes.head}>
        <h1 className={classes.title}>{title || name}</h1>
        <Tooltip label={text.content.editTitle}>
          <ActionIcon
            ref={pencil}
            variant="subtle"
            color="gray"
            aria-label={text.content.editTitle}
            onClick={() => setDraft(title)}
          >
            <IconPencil size={17} />
          </ActionIcon>
        </Tooltip>
      </div>
      {isSimulated(item) && (
        <Mark title={text.picture.simulatedHelp}>{text.picture.simulated}</Mark>
      )}
    </div>
  );
}
