import { Button } from "@mantine/core";
import type { TokenView } from "../../api/schema";
import { text } from "../../text";
import { ConfirmButton } from "../../ui/ConfirmButton";
import { Mark } from "../../ui/Mark";
import { When } from "../../ui/When";
import classes from "./TokenRow.module.css";

interface Props {
  index: number;
  token: TokenView;
  isBusy: boolean;
  onRevoke: () => void;
}

export function TokenRow({ index, token, isBusy, onRevoke }: Props) {
  const question = token.is_current ? text.settings.revokeOwn : text.settings.revokeOther;
  return (
    <li className={classes.row} data-index={index}>
      <div className={classes.about}>
        <div className={classes.name}>
          <span className={classes.words}>{token.name}</span>
          {token.is_current && <Mark>{text.settings.current}</Mark>}
        </div>
        <div className={classes.times}>
          {text.settings.made} <When at={token.created_at} />
          {" · "}
          {token.last_used_at ? (
            <>
              {text.settings.used} <When at={token.last_used_at} />
            </>
          ) : (
            text.settings.neverUsed
          )}
        </div>
      </div>
      <ConfirmButton
        question={question(token.name)}
        action={text.settings.revoke}
        onConfirm={onRevoke}
      >
        {(opener) => (
          <Button
            variant="subtle"
            color="var(--danger)"
            size="compact-sm"
            aria-label={`${text.settings.revoke}: ${token.name}`}
            loading={isBusy}
            {...opener}
          >
            {text.settings.revoke}
          </Button>
        )}
      </ConfirmButton>
    </li>
  );
}
