import { Button, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { text } from "../../text";
import classes from "./NewTokenForm.module.css";

interface Props {
  /** From the beginning. */
  hasFocus: boolean;
  /** The server's words about the name. */
  fault: string | null;
  isBusy: boolean;
  onCreate: (name: string) => void;
  onChange: () => void;
}

export function NewTokenForm({ hasFocus, fault, isBusy, onCreate, onChange }: Props) {
  const [name, setName] = useState("");
  const [isMissing, setIsMissing] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = name.trim();
    setIsMissing(given === "");
    if (given !== "") onCreate(given);
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        className={classes.name}
        label={text.settings.tokenName}
        placeholder={text.settings.tokenNameExample}
        maxLength={100}
        value={name}
        autoFocus={hasFocus}
        error={isMissing ? text.settings.tokenNameMissing : fault}
        onChange={(event) => {
          setName(event.currentTarget.value);
          setIsMissing(false);
          if (fault !== null) onChange();
        }}
      />
      <Button type="submit" variant="default" className={classes.create} loading={isBusy}>
        {text.settings.createToken}
      </Button>
    </form>
  );
}
