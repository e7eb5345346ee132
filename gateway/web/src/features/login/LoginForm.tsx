import { Button, PasswordInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { text } from "../../text";
import { Notice } from "../../ui/Notice";
import classes from "./LoginForm.module.css";
import { useSignIn } from "./useSignIn";

interface Props {
  /** A link led here that lets nobody in. */
  isLinkRefused: boolean;
  onSignedIn: () => void;
}

export function LoginForm({ isLinkRefused, onSignedIn }: Props) {
  const [token, setToken] = useState("");
  const { signIn, isBusy, refusal, outage, forget } = useSignIn(onSignedIn);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    signIn(token.trim());
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      {isLinkRefused && refusal === null && (
        <div role="alert">
          <Notice tone="warn" title={text.login.linkRefused} body={text.login.linkRefusedHelp} />
        </div>
      )}
      <PasswordInput
        label={text.login.token}
        name="token"
        autoComplete="current-password"
        placeholder="dk_…"
        size="md"
        maxLength={200}
        autoFocus
        value={token}
        error={refusal}
        aria-invalid={refusal !== null} // Mantine's own input says it by its colour only
        onChange={(event) => {
          setToken(event.currentTarget.value);
          forget();
        }}
      />
      {outage !== null && (
        <p className={classes.outage} role="alert">
          {outage}
        </p>
      )}
      <Button type="submit" size="md" fullWidth loading={isBusy}>
        {text.login.signIn}
      </Button>
    </form>
  );
}
