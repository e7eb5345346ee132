import { CloseButton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { Ref } from "react";
import { text } from "../text";
import classes from "./SearchField.module.css";
import { useTyped } from "./useTyped";

const LONGEST = 500; // that the server takes

interface Props {
  label: string;
  q: string;
  onSearch: (q: string) => void;
  ref?: Ref<HTMLInputElement>;
}

export function SearchField({ label, q, onSearch, ref }: Props) {
  const { typed, type, send } = useTyped(q, onSearch);
  return (
    <TextInput
      ref={ref}
      type="search"
      className={classes.field}
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        typed !== "" && (
          <CloseButton size="sm" aria-label={text.search.clear} onClick={() => send("")} />
        )
      }
      maxLength={LONGEST}
      value={typed}
      onChange={(event) => type(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") send(typed);
        if (event.key !== "Escape") return;
        event.preventDefault(); // which would empty it
        event.currentTarget.blur();
      }}
    />
  );
}
